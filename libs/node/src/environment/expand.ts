/** third_party/forked/golang/expansion: $(NAME) is replaced where NAME is known, $$ stands for $. */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (match, name: string | undefined) => {
    if (match === '$$') return '$';
    return lookup(name ?? '') ?? match;
  });
}

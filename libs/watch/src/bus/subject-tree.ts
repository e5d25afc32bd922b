/** Subscriptions by subject pattern: '*' is one token, a last '>' one or more. Matching walks the subject's tokens, not the patterns. */
export class SubjectTree<T> {
  private readonly root = new TreeNode<T>();

  add(pattern: string, value: T): void {
    let node = this.root;
    for (const token of pattern.split('.')) node = node.child(token);
    node.values.add(value);
  }

  remove(pattern: string, value: T): void {
    const tokens = pattern.split('.');
    const path = [this.root];
    for (const token of tokens) {
      const next = path.at(-1)?.children.get(token);
      if (!next) return;
      path.push(next);
    }
    path.at(-1)?.values.delete(value);
    // Branches without anybody left go: node names come and go for years.
    for (let depth = tokens.length; depth > 0; depth -= 1) {
      const node = path[depth] as TreeNode<T>;
      if (node.values.size > 0 || node.children.size > 0) return;
      path[depth - 1]?.children.delete(tokens[depth - 1] as string);
    }
  }

  matching(subject: string): T[] {
    const found: T[] = [];
    this.collect(this.root, subject.split('.'), 0, found);
    return found;
  }

  private collect(node: TreeNode<T>, tokens: readonly string[], depth: number, found: T[]): void {
    if (depth === tokens.length) {
      found.push(...node.values);
      return;
    }
    const rest = node.children.get('>');
    if (rest) found.push(...rest.values);
    for (const token of [tokens[depth] as string, '*']) {
      const next = node.children.get(token);
      if (next) this.collect(next, tokens, depth + 1, found);
    }
  }
}

class TreeNode<T> {
  readonly children = new Map<string, TreeNode<T>>();
  readonly values = new Set<T>();

  child(token: string): TreeNode<T> {
    let child = this.children.get(token);
    if (!child) this.children.set(token, (child = new TreeNode<T>()));
    return child;
  }
}

export interface Entry {
  name: string;
  isDirectory: boolean;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};

/** A folder as Go's http.FileServer shows it. */
export function directoryListing(entries: readonly Entry[]): string {
  const names = entries.map(({ name, isDirectory }) => (isDirectory ? `${name}/` : name));
  const links = names.sort(byBytes).map((name) => `<a href="${relativeUrl(name)}">${escapeHtml(name)}</a>\n`);
  return `<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${links.join('')}</pre>\n`;
}

/** A name in its folder as a URL that is no query, no fragment and no scheme. */
export function relativeUrl(name: string): string {
  const escaped = encodeURIComponent(name)
    .replace(/%(24|26|2B|2C|2F|3A|3B|3D|40)/g, (text) => decodeURIComponent(text))
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return escaped.includes(':') ? `./${escaped}` : escaped;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? char);
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

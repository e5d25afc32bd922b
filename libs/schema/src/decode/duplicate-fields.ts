/**
 * Paths of the names that occur twice in one object of a JSON text, in document order (spec.replicas,
 * spec.containers[0].image). JSON.parse keeps the last and tells nobody, so this reads the text itself. The text must
 * have parsed: no syntax is checked here.
 */
export function duplicateFields(json: string): string[] {
  return new DuplicateScan(json).run();
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;

/** An open object (with the names seen so far and the current one) or an open list (with its index). */
interface Level {
  seen?: Set<string>;
  key: string;
  index: number;
}

class DuplicateScan {
  private readonly found: string[] = [];
  private readonly levels: Level[] = [];
  private at = 0;

  constructor(private readonly json: string) {}

  run(): string[] {
    let expectName = false;
    for (; this.at < this.json.length; this.at++) {
      const code = this.json.charCodeAt(this.at);
      if (code === QUOTE) {
        const text = this.string(expectName);
        if (expectName) this.name(text);
        expectName = false;
      } else if (code === OPEN_BRACE) {
        this.levels.push({ seen: new Set(), key: '', index: -1 });
        expectName = true;
      } else if (code === OPEN_BRACKET) {
        this.levels.push({ key: '', index: 0 });
      } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
        this.levels.pop();
        expectName = false;
      } else if (code === COMMA) {
        const level = this.levels[this.levels.length - 1];
        if (level?.seen) expectName = true;
        else if (level) level.index++;
      }
    }
    return this.found;
  }

  /** Leaves `at` on the closing quote. Only names are worth decoding. */
  private string(decode: boolean): string {
    const start = this.at;
    for (this.at++; this.json.charCodeAt(this.at) !== QUOTE; this.at++) {
      if (this.json.charCodeAt(this.at) === BACKSLASH) this.at++;
      if (this.at >= this.json.length) return '';
    }
    if (!decode) return '';
    const raw = this.json.slice(start + 1, this.at);
    return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
  }

  private name(key: string): void {
    const level = this.levels[this.levels.length - 1];
    if (!level?.seen) return;
    level.key = key;
    if (!level.seen.has(key)) {
      level.seen.add(key);
      return;
    }
    const path = this.path();
    if (!this.found.includes(path)) this.found.push(path);
  }

  private path(): string {
    let text = '';
    for (const level of this.levels) {
      if (!level.seen) text += `[${level.index}]`;
      else text += text === '' ? level.key : `.${level.key}`;
    }
    return text;
  }
}

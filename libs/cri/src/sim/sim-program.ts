/**
 * What a simulated container does, read from its command line: a sequence of echo, sleep, exit, true and false, alone
 * or as `sh -c "a; b"`. Whatever else a command may say stands for a server: it runs until it is stopped.
 */
export type SimStep =
  | { kind: 'print'; text: string; stream: 'stdout' | 'stderr' }
  | { kind: 'sleep'; milliseconds: number }
  | { kind: 'exit'; code: number }
  | { kind: 'copyStdin' };

export const forever: SimStep = { kind: 'sleep', milliseconds: Infinity };

export function parseSimProgram(command: readonly string[]): SimStep[] {
  if (command.length === 0) return [forever];
  const [program = '', flag, script] = command;
  const isShell = /(^|\/)(ba|a)?sh$/.test(program) && flag === '-c';
  if (!isShell) return [parseStep([...command])];
  return (script ?? '')
    .split(/;|&&/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => parseStep(words(part)));
}

function parseStep(command: string[]): SimStep {
  const [path = '', ...rest] = command;
  switch (path.slice(path.lastIndexOf('/') + 1)) {
    case 'echo': {
      const toStderr = rest.at(-1) === '>&2';
      const text = `${(toStderr ? rest.slice(0, -1) : rest).join(' ')}\n`;
      return { kind: 'print', text, stream: toStderr ? 'stderr' : 'stdout' };
    }
    case 'sleep': {
      const seconds = Number(rest[0]);
      return { kind: 'sleep', milliseconds: Number.isFinite(seconds) ? seconds * 1000 : Infinity };
    }
    case 'exit':
      return { kind: 'exit', code: Number(rest[0] ?? 0) & 0xff };
    case 'true':
      return { kind: 'exit', code: 0 };
    case 'false':
      return { kind: 'exit', code: 1 };
    case 'cat':
      return rest.length === 0 ? { kind: 'copyStdin' } : forever;
    default:
      return forever;
  }
}

/** Splits at blanks, with single and double quotes. */
function words(text: string): string[] {
  const matches = text.match(/'[^']*'|"[^"]*"|[^\s'"]+/g) ?? [];
  return matches.map((word) => word.replace(/^(['"])(.*)\1$/s, '$2'));
}

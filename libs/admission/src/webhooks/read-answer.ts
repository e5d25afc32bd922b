import type { IncomingMessage } from 'node:http';

/** A webhook that answers must say all it has to say in this. */
const maxAnswerBytes = 16 * 1024 * 1024;

/** The whole answer of a webhook as text; throws where it is too long. */
export async function readAnswer(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > maxAnswerBytes) throw new Error(`the answer is longer than ${maxAnswerBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

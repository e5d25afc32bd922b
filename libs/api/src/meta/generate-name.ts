import { randomInt } from 'node:crypto';

/** No vowels and no look-alikes, so that no suffix spells a word (k8s.io/apimachinery/pkg/util/rand). */
const safeAlphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
const maxNameLength = 63;

export function randomSuffix(length = suffixLength): string {
  let suffix = '';
  for (let index = 0; index < length; index++) suffix += safeAlphabet[randomInt(safeAlphabet.length)];
  return suffix;
}

/** The name made from metadata.generateName: the prefix is cut so that the suffix fits into 63 characters. */
export function generateName(prefix: string): string {
  return prefix.slice(0, maxNameLength - suffixLength) + randomSuffix();
}

/** rand.SafeEncodeString: each character of a hash mapped into the safe alphabet. */
export function safeEncode(text: string): string {
  let encoded = '';
  for (let index = 0; index < text.length; index++) {
    encoded += safeAlphabet[text.charCodeAt(index) % safeAlphabet.length];
  }
  return encoded;
}

/** The texts of unknown and duplicate fields as the Warning header and strict errors carry them. */
export function unknownFieldText(path: string): string {
  return `unknown field ${JSON.stringify(path)}`;
}

export function duplicateFieldText(path: string): string {
  return `duplicate field ${JSON.stringify(path)}`;
}

/** What fieldValidation=Strict answers after "Deployment in version "v1" cannot be handled as a Deployment: ". */
export function strictDecodingError(texts: readonly string[]): string {
  return `strict decoding error: ${texts.join(', ')}`;
}

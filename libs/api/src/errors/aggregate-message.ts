/** Several messages as utilerrors.NewAggregate words them: one as it is, more in brackets, each once. */
export function aggregateMessage(messages: readonly string[]): string {
  const [first = '', ...others] = new Set(messages);
  return others.length === 0 ? first : `[${[first, ...others].join(', ')}]`;
}

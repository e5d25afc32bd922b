import { RememberedAnswers } from './remembered-answers';

function setUp(answers: (string | Error)[]) {
  const asked: string[] = [];
  const clock = { now: 0 };
  const remembered = new RememberedAnswers<string, string>({
    ask: async (question) => {
      asked.push(question);
      const answer = answers.shift() ?? 'none';
      if (answer instanceof Error) throw answer;
      return answer;
    },
    ttlMsOf: (answer) => (answer === 'short' ? 10 : answer === 'never' ? 0 : 100),
    now: () => clock.now,
  });
  return { asked, clock, ask: async (question: string) => remembered.answerTo(question, question) };
}

describe('remembered answers', () => {
  it('are good for as long as they say', async () => {
    const { asked, clock, ask } = setUp(['short', 'long', 'longer']);
    expect(await ask('a')).toBe('short');
    clock.now = 9;
    expect(await ask('a')).toBe('short');
    clock.now = 10;
    expect(await ask('a')).toBe('long');
    clock.now = 109;
    expect(await ask('a')).toBe('long');
    clock.now = 110;
    expect(await ask('a')).toBe('longer');
    expect(asked).toEqual(['a', 'a', 'a']);
  });

  it('are not kept where they say so, and are of one question each', async () => {
    const { asked, ask } = setUp(['never', 'b', 'c']);
    expect([await ask('a'), await ask('b'), await ask('a')]).toEqual(['never', 'b', 'c']);
    expect(asked).toEqual(['a', 'b', 'a']);
  });

  it('are waited for together', async () => {
    const { asked, ask } = setUp(['one']);
    expect(await Promise.all([ask('a'), ask('a')])).toEqual(['one', 'one']);
    expect(asked).toEqual(['a']);
  });

  it('come anew after a failure', async () => {
    const { ask } = setUp([new Error('away'), 'back']);
    await expect(ask('a')).rejects.toThrow('away');
    expect(await ask('a')).toBe('back');
  });
});

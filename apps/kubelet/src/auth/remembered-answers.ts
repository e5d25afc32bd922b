import { ExpiringCache } from '@nestor/auth';

export interface RememberedAnswersSettings<Question, Answer> {
  ask(question: Question): Promise<Answer>;
  /** 0: not at all. */
  ttlMsOf(answer: Answer): number;
  now?(): number;
}

const maxAnswers = 8192;

/** Asks a question once while its answer is good. Equal questions that come meanwhile wait for one answer; a failure is nobody's. */
export class RememberedAnswers<Question, Answer> {
  private readonly known: ExpiringCache<Answer>;
  private readonly asked = new Map<string, Promise<Answer>>();

  constructor(private readonly settings: RememberedAnswersSettings<Question, Answer>) {
    this.known = new ExpiringCache(maxAnswers, settings.now ?? (() => performance.now()));
  }

  answerTo(question: Question, key: string): Answer | Promise<Answer> {
    const found = this.known.get(key);
    if (found !== undefined) return found;
    return this.asked.get(key) ?? this.ask(question, key);
  }

  private ask(question: Question, key: string): Promise<Answer> {
    const answered = this.settings
      .ask(question)
      .then((answer) => {
        const ttlMs = this.settings.ttlMsOf(answer);
        if (ttlMs > 0) this.known.set(key, answer, ttlMs);
        return answer;
      })
      .finally(() => this.asked.delete(key));
    this.asked.set(key, answered);
    return answered;
  }
}

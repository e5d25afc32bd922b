interface Remembered<Answer> {
  answer: Answer;
  until: number;
}

export interface RememberedAnswersSettings<Question, Answer> {
  ask(question: Question): Promise<Answer>;
  /** 0: not at all. */
  ttlMsOf(answer: Answer): number;
  now?(): number;
}

const maxAnswers = 8192;

/** Asks a question once while its answer is good. Equal questions that come meanwhile wait for one answer; a failure is nobody's. */
export class RememberedAnswers<Question, Answer> {
  private readonly known = new Map<string, Remembered<Answer>>();
  private readonly asked = new Map<string, Promise<Answer>>();

  constructor(private readonly settings: RememberedAnswersSettings<Question, Answer>) {}

  answerTo(question: Question, key: string): Answer | Promise<Answer> {
    const found = this.known.get(key);
    if (found && found.until > this.now()) return found.answer;
    return this.asked.get(key) ?? this.ask(question, key);
  }

  private ask(question: Question, key: string): Promise<Answer> {
    const answered = this.settings
      .ask(question)
      .then((answer) => {
        this.remember(key, answer);
        return answer;
      })
      .finally(() => this.asked.delete(key));
    this.asked.set(key, answered);
    return answered;
  }

  private remember(key: string, answer: Answer): void {
    const ttlMs = this.settings.ttlMsOf(answer);
    this.known.delete(key);
    if (ttlMs <= 0) return;
    if (this.known.size >= maxAnswers) this.known.delete(this.known.keys().next().value as string);
    this.known.set(key, { answer, until: this.now() + ttlMs });
  }

  private now(): number {
    return this.settings.now?.() ?? performance.now();
  }
}

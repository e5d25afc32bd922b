interface Bucket {
  tokens: number;
  /** When the tokens were counted, in milliseconds. */
  at: number;
}

/** A full bucket of tokens for each key; as many keys as were used last. */
export class RateLimiters {
  /** The key that was used last is the last. */
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly settings: { qps: number; burst: number; keys: number },
    private readonly now: () => number,
  ) {}

  /** Takes a token, if there is one. */
  tryAccept(key: string): boolean {
    const bucket = this.bucketOf(key);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  private bucketOf(key: string): Bucket {
    const { qps, burst, keys } = this.settings;
    const at = this.now();
    const found = this.buckets.get(key);
    const bucket = found ?? { tokens: burst, at };
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, at - bucket.at) / 1000) * qps);
    bucket.at = at;
    if (found) this.buckets.delete(key);
    else if (this.buckets.size >= keys) this.buckets.delete(this.buckets.keys().next().value!);
    this.buckets.set(key, bucket);
    return bucket;
  }
}

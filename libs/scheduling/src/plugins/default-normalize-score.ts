/** Scales raw scores so that the highest becomes 100; reversed, so that the highest becomes 0 (framework helper.DefaultNormalizeScore). */
export function normalizeToHundred(scores: Float64Array, reverse = false): void {
  let highest = 0;
  for (const score of scores) if (score > highest) highest = score;
  for (let i = 0; i < scores.length; i++) {
    const scaled = highest === 0 ? 0 : Math.floor(((scores[i] ?? 0) * 100) / highest);
    scores[i] = reverse ? 100 - scaled : scaled;
  }
}

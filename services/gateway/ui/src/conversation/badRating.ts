/** Up to this score somebody should look at what went wrong; the server tells the assignee of such. */
const BAD = 2;

export function isBad(score: number | null | undefined): boolean {
  return typeof score === 'number' && score <= BAD;
}

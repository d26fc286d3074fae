/**
 * Compares texts by their UTF-16 code units, for `sort`: the same order in every locale. For the order that people
 * expect, use Intl.Collator.
 */
export const compareTexts = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** Puts texts in the order of their code units, the same everywhere; for `sort`. The order that people expect of words is Intl.Collator's. */
export const compareTexts = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Every match of a global pattern, in order, as `String.prototype.matchAll` gives them. That makes a new expression of
 * the pattern each time, which costs more than the search itself in texts as short as names.
 */
export function eachMatch(pattern: RegExp, text: string): readonly RegExpExecArray[] {
  const matches: RegExpExecArray[] = []
  pattern.lastIndex = 0
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    matches.push(match)
    if (match[0] === '') pattern.lastIndex += 1
  }
  return matches
}

/** Many nodes of a listing share their moment: a torrent's files are assigned together. */
let lastDateMs = Number.NaN
let lastHttpDate = ''

/** IMF-fixdate of RFC 9110 section 5.6.7. */
export function httpDate(dateMs: number): string {
  if (dateMs !== lastDateMs) {
    lastDateMs = dateMs
    lastHttpDate = new Date(dateMs).toUTCString()
  }
  return lastHttpDate
}

interface Closable {
  close(): unknown
}

/** For the suite around: what it is given is closed after each spec, whether that failed or not, the last first. */
export function closedAfterEach(): <T extends Closable>(part: T) => T {
  const parts: Closable[] = []
  afterEach(async () => {
    for (const part of parts.splice(0).reverse()) await part.close()
  })
  return (part) => {
    parts.push(part)
    return part
  }
}

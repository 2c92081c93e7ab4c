/** As names are often written. */
export const withoutAccents = (word: string): string => word.normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC')

/** What place each word has in its list, from 1 on, with and without its accents; of two lists the later one's. */
export const placesOf = (...lists: readonly (readonly string[])[]): ReadonlyMap<string, number> =>
  new Map(
    lists.flatMap((list) =>
      list.flatMap((word, index): [string, number][] => [
        [word, index + 1],
        [withoutAccents(word), index + 1],
      ]),
    ),
  )

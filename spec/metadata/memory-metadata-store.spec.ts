import { movieId, showId } from '../../lib/domain/ids.ts'
import { type MetadataStoreUnderTest, metadataStoreContract } from '../contract/metadata-store.ts'
import { MemoryMetadataStore } from './memory-metadata-store.ts'

metadataStoreContract('MemoryMetadataStore', (): MetadataStoreUnderTest => {
  const store = new MemoryMetadataStore()
  const held = (kind: 'movie' | 'show', id: number) => {
    const item = store.items.find((one) => one.kind === kind && one.id === id)
    if (!item) throw new Error(`no ${kind} ${id}`)
    return item
  }
  const titled = (kind: 'movie' | 'show', id: number) => {
    const { title, year, tmdbId } = held(kind, id)
    return { title, year, tmdbId }
  }
  return {
    store,
    addMovie: (title, year) => movieId(store.addMovie({ title, ...(year !== null && { year }) }).id),
    addShow: (title, year, seasons) => {
      const keys = Object.entries(seasons).flatMap(([season, numbers]) =>
        numbers.map((number) => `${season}:${number}`),
      )
      return showId(store.addShow({ title, ...(year !== null && { year }) }, keys).id)
    },
    deleteMovie: (id) => store.remove(held('movie', id)),
    movie: (id) => titled('movie', id),
    show: (id) => ({
      ...titled('show', id),
      episodes: [...held('show', id).episodes]
        .map(([key, { name, airDate }]) => {
          const [season = 0, number = 0] = key.split(':').map(Number)
          return [season, number, name, airDate] as const
        })
        .sort(([seasonA, a], [seasonB, b]) => seasonA - seasonB || a - b),
    }),
    close: () => {},
  }
})

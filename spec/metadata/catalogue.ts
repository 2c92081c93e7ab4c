import type { LocalEpisode, LocalMovie, LocalShow } from '../support/local-tmdb.ts'

/** What the local server knows in these specs: works that are easily taken for each other. */
export const MOVIES: readonly LocalMovie[] = [
  { id: 603, title: 'The Matrix', date: '1999-03-31', votes: 25_000 },
  { id: 604, title: 'The Matrix Reloaded', date: '2003-05-15', votes: 11_000 },
  { id: 841, title: 'Dune', date: '1984-12-14', votes: 3000 },
  { id: 438_631, title: 'Dune', date: '2021-09-15', votes: 12_000 },
  { id: 27_205, title: 'Inception', date: '2010-07-15', votes: 36_000 },
  { id: 64_956, title: 'Inception', date: '2011-01-01', votes: 2 },
  {
    id: 101,
    title: 'Léon: The Professional',
    originalTitle: 'Léon',
    date: '1994-09-14',
    otherTitles: ['Der Profi', 'The Cleaner'],
  },
  { id: 582, title: 'The Lives of Others', originalTitle: 'Das Leben der Anderen', date: '2006-03-23' },
]

const season = (count: number, name: string, firstDay = '2005-03-24'): LocalEpisode[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `${name} ${index + 1}`,
    airDate: new Date(Date.parse(firstDay) + index * 7 * 86_400_000).toISOString().slice(0, 10),
  }))

export const SHOWS: readonly LocalShow[] = [
  {
    id: 2316,
    title: 'The Office',
    date: '2005-03-24',
    countries: ['US'],
    votes: 400,
    seasons: { 0: season(2, 'Webisode'), 1: season(6, 'American'), 2: season(22, 'Second') },
  },
  {
    id: 2996,
    title: 'The Office',
    date: '2001-07-09',
    countries: ['GB'],
    votes: 300,
    seasons: { 1: season(6, 'British') },
  },
  {
    id: 1972,
    title: 'Battlestar Galactica',
    date: '2004-10-18',
    votes: 900,
    seasons: { 1: season(13, 'New'), 2: season(20, 'New') },
  },
  { id: 501, title: 'Battlestar Galactica', date: '1978-09-17', votes: 300, seasons: { 1: season(24, 'Old') } },
  {
    id: 71_446,
    title: 'Money Heist',
    originalTitle: 'La casa de papel',
    date: '2017-05-02',
    countries: ['ES'],
    otherTitles: ['Haus des Geldes'],
    seasons: { 1: season(13, 'Part') },
  },
  {
    id: 900_001,
    title: 'Still Running',
    date: '2025-01-06',
    status: 'Returning Series',
    seasons: { 1: season(3, 'Fresh', '2025-12-20') },
  },
]

import { PropertySet, type Quota } from './properties.ts'

const dav = (...names: readonly string[]): readonly string[] => names.map((name) => `{DAV:}${name}`)

/** What clients ask for when they list, as they write it; every order is a set of its own. The most asked first. */
const NAMES: readonly (readonly string[])[] = [
  // rclone
  [
    ...dav('displayname', 'getlastmodified', 'getcontentlength', 'resourcetype', 'getcontenttype'),
    '{http://owncloud.org/ns}checksums',
    '{http://owncloud.org/ns}permissions',
  ],
  // Kodi
  dav('resourcetype', 'getcontentlength', 'getlastmodified', 'creationdate', 'displayname'),
  // Finder
  dav('getlastmodified', 'getcontentlength', 'creationdate', 'resourcetype'),
]

/** Infuse, Explorer's newer relatives and most others ask for everything. */
export const knownSets = (quota: () => Quota): readonly PropertySet[] => [
  PropertySet.allprop(quota, false),
  ...NAMES.map((names) => PropertySet.named(names, quota)),
]

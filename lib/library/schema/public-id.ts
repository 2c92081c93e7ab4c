import { integer } from 'drizzle-orm/sqlite-core'

/** Ids are never used twice, since scripts and players keep them: hence the autoincrement. */
export const publicId = () => integer('id').primaryKey({ autoIncrement: true })

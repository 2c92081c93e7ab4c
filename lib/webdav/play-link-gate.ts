import { PLAY_SEGMENT, type PlayLinks } from '../domain/play-links.ts'
import { encodePath } from './resource.ts'
import { type Exchange, FORBIDDEN, NOT_FOUND, send, text } from './responses.ts'
import type { Router } from './router.ts'

const PREFIX = `/${PLAY_SEGMENT}/`
const ALLOW = 'GET, HEAD'

/** The links that players open without a login: a signature stands for it, and gives one file to read. */
export class PlayLinkGate {
  readonly #links: PlayLinks
  readonly #router: Router

  constructor(links: PlayLinks, router: Router) {
    this.#links = links
    this.#router = router
  }

  /** By the request's target as it came; written otherwise it is a path like any other, where nothing is. */
  static isFor(target: string | undefined): boolean {
    return target?.startsWith(PREFIX) ?? false
  }

  async handle(exchange: Exchange): Promise<void> {
    const { request, req, res } = exchange
    switch (request.method) {
      case 'GET':
      case 'HEAD': {
        const segments = this.#links.verify(request.segments)
        if (!segments) return send(req, res, FORBIDDEN)
        req.url = encodePath(segments) // the link itself stands in no log
        return await this.#router.handleFile(exchange, segments)
      }
      case 'PROPFIND':
        return send(req, res, NOT_FOUND)
      default:
        return send(req, res, text(405, `${request.method} is not supported`, { Allow: ALLOW }))
    }
  }
}

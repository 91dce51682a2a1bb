// How a request of `sallyport doctor` is marked: in `User-Agent`, which every proxy of ours hands on.

const marker = /^sallyport-doctor\/([A-Za-z0-9_-]{43})$/

/** The `User-Agent` of one probe. */
export const formatProbeAgent = (id: string): string => `sallyport-doctor/${id}`

/** The id, or undefined when the value marks no probe. */
export const findProbeId = (userAgent: string | undefined): string | undefined =>
  marker.exec(userAgent ?? '')?.[1]

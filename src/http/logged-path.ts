// What of a path may be in the log? Whoever knows the id of an authorization that waits could try to go on with it.

/** `/authorize/<id>`, `/device/<id>`, `/interaction/<id>` and `/interaction/<id>/decide`. */
const pending = /^(\/(?:authorize|device|interaction)\/)(?!auth$)[^/]+/

/** The path, with `[redacted]` for the id of an authorization that waits for a person. */
export const loggedPath = (path: string): string => path.replace(pending, '$1[redacted]')

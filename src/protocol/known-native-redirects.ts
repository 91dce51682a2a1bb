// Which redirect URIs with a scheme of their own do well-known MCP clients register? RFC 8252 §7.1, security.md R60.

/**
 * Compared as whole texts, never by scheme: any program can claim a scheme, and PKCE alone stands between it and the
 * code (RFC 8252 §8.6). Clients that are missing here on purpose: VS Code and Insiders come back through
 * `https://vscode.dev/redirect` or loopback; Zed, Goose, LM Studio and Windsurf use loopback; Cline's address ends
 * in a hash of the server's URL, so the operator has to add it.
 */
export const knownNativeRedirects: ReadonlySet<string> = new Set([
  // Cursor: modelcontextprotocol/python-sdk#897, jentic/jentic-one#1245.
  'cursor://anysphere.cursor-mcp/oauth/callback',
  // Claude's desktop app: anthropics/claude-code#93671.
  'claude://claude.ai/mcp-auth-callback/sdk',
  // Warp: warpdotdev/warp#9088.
  'warp://mcp/oauth2callback',
  // Raycast extensions: the two app redirects of Raycast's OAuth documentation.
  'raycast://oauth?package_name=Extension',
  'com.raycast:/oauth?package_name=Extension',
])

// Package capsule mints session tokens and opens capsules (api.md 12): ZIP files of
// media and a payload, signed with a key that came with the token.
//
//	GET /api/authorize/session_token   Desk.Mint: a JWT, "~", the one-time key
//	POST a capsule                     Desk.Open:
//	  readArchive    the ZIP, byte for byte: nothing between, before or behind its entries
//	  readManifest   the first entry
//	  tokens.read    whose token, until when
//	  the signature  HMAC-SHA-256 of the manifest; the token is spent here, once, on any node
//	  match          every entry is listed and has the size and hash that the manifest says
//
// Of all that only the manifest and the signature are unpacked before the signature
// holds. A capsule proves that nothing changed on the way and that it did not come
// before; not that the camera was honest.
package capsule

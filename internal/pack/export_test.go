package pack

// SHA256Hex lets tests vouch for a file that they changed.
var SHA256Hex = sha256Hex

// Command osprey is the whole of Osprey: the server and the tools around it.
package main

import "os"

func main() { os.Exit(osprey(os.Args[1:], machine())) }

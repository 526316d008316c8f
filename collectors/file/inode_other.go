//go:build !unix

package file

import "io/fs"

// inode is not known here; size, time and content decide.
func inode(fs.FileInfo) uint64 { return 0 }

//go:build !linux

package child

import "syscall"

func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// FollowGoRun does nothing where the kernel cannot tell of a parent's death.
func FollowGoRun() {}

package server

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"
)

// MinPassword is the shortest password taken, in characters.
const MinPassword = 10

// A PasswordCost is what trying one password costs: argon2id (RFC 9106) with one
// lane. It is written into every hash, so that another cost holds for passwords
// set from then on and the old ones still open.
type PasswordCost struct {
	Memory uint32 // KiB
	Passes uint32
}

// The cost that New gives: the least of OWASP's Password Storage Cheat Sheet, some
// 20 ms on the machines this was written on.
const (
	passwordMemory = 19 * 1024
	passwordPasses = 2
)

// Lengths of the random salt and of the hash, in bytes.
const (
	saltSize = 16
	sumSize  = 32
)

// hash returns a password's hash as a PHC string, with a salt drawn from rnd.
func (c PasswordCost) hash(rnd io.Reader, password string) (string, error) {
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(rnd, salt); err != nil {
		return "", fmt.Errorf("drawing a salt: %w", err)
	}
	return c.phc(salt, argon2.IDKey([]byte(password), salt, c.Passes, c.Memory, 1, sumSize)), nil
}

// phc writes a hash down together with what it was made with.
func (c PasswordCost) phc(salt, sum []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, c.Memory, c.Passes, b64.EncodeToString(salt), b64.EncodeToString(sum))
}

// checkPassword reports whether phc is the hash of password, whatever it cost;
// false for a text that is no hash.
func checkPassword(phc, password string) bool {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	var memory, passes uint32
	var lanes uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil || passes == 0 || lanes == 0 {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(want) == 0 {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

// RandomPassword returns a password that can be read aloud: four groups of
// four characters of Crockford's base32, 80 bits.
func RandomPassword() string {
	var b [16]byte
	rand.Read(b[:]) // never fails since Go 1.24
	out := make([]byte, 0, 19)
	for i, x := range b {
		if i > 0 && i%4 == 0 {
			out = append(out, '-')
		}
		out = append(out, strings.ToLower(crockford)[x&31])
	}
	return string(out)
}

package ledger

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A Checkpoint (điểm kiểm chứng) says how many lines the log had on a day, and
// their hash.
type Checkpoint struct {
	Origin string // whose log it is
	Size   int64
	Root   tlog.Hash
	Day    string // ISO
}

// Text is the checkpoint before it is signed.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n%s\n", c.Origin, c.Size, c.Root, c.Day)
}

func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 5 {
		return Checkpoint{}, fmt.Errorf("%w: not a checkpoint", ErrLedger)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 {
		return Checkpoint{}, fmt.Errorf("%w: the checkpoint's size is damaged", ErrLedger)
	}
	c := Checkpoint{Origin: lines[0], Size: size, Day: lines[3]}
	if c.Root, err = tlog.ParseHash(lines[2]); err != nil || c.Text() != text {
		return Checkpoint{}, fmt.Errorf("%w: the checkpoint's hash is damaged", ErrLedger)
	}
	return c, nil
}

// A Key signs. Its public half is a line of text that can be printed anywhere.
type Key struct {
	signer note.Signer
	public string
}

const algEd25519 = 1

// NewKey makes the key of a seed of 32 bytes. The name is in every signature; what
// a name cannot hold (space, plus sign) becomes a hyphen.
func NewKey(name string, seed []byte) (*Key, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("%w: a seed of %d bytes", ErrLedger, len(seed))
	}
	name = strings.Map(func(r rune) rune {
		if r <= ' ' || r == '+' || r >= 0x7f {
			return '-'
		}
		return r
	}, name)
	priv := ed25519.NewKeyFromSeed(seed)
	public, err := note.NewEd25519VerifierKey(name, priv.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, fmt.Errorf("making the ledger's key: %w", err)
	}
	hash := strings.Split(public, "+")[1]
	signer, err := note.NewSigner("PRIVATE+KEY+" + name + "+" + hash + "+" + base64.StdEncoding.EncodeToString(append([]byte{algEd25519}, seed...)))
	if err != nil {
		return nil, fmt.Errorf("making the ledger's key: %w", err)
	}
	return &Key{signer, public}, nil
}

// Name is the name in every signature.
func (k *Key) Name() string { return k.signer.Name() }

// Public is the key that checks signatures, as text.
func (k *Key) Public() string { return k.public }

// Sign signs a text that ends with a line end.
func (k *Key) Sign(text string) ([]byte, error) {
	b, err := note.Sign(&note.Note{Text: text}, k.signer)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	return b, nil
}

// Open checks a signature and returns the text that was signed. Only the bytes
// that Sign makes are accepted.
func Open(signed []byte, public string) (string, error) {
	v, err := note.NewVerifier(public)
	if err != nil {
		return "", fmt.Errorf("%w: not a public key: %w", ErrLedger, err)
	}
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		return "", fmt.Errorf("%w: the signature is wrong: %w", ErrLedger, err)
	}
	if len(n.Sigs) != 1 || len(n.UnverifiedSigs) > 0 {
		return "", fmt.Errorf("%w: one signature is expected", ErrLedger)
	}
	// The last character of a base64 text has bits that a decoder passes over.
	sig, err := base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64)
	want := n.Text + "\n— " + n.Sigs[0].Name + " " + base64.StdEncoding.EncodeToString(sig) + "\n"
	if err != nil || want != string(signed) {
		return "", fmt.Errorf("%w: the signature is not written as it should be", ErrLedger)
	}
	return n.Text, nil
}

// OpenCheckpoint checks a signed checkpoint.
func OpenCheckpoint(signed []byte, public string) (Checkpoint, error) {
	text, err := Open(signed, public)
	if err != nil {
		return Checkpoint{}, err
	}
	return parseCheckpoint(text)
}

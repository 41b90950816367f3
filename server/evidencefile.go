package server

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"hailong/server/store"
)

// The limits of the evidence of a case.
const (
	MaxEvidence      = 5 << 20 // bytes of one file, as it was handed in
	MaxEvidenceFiles = 10      // files of one case that are there at once
	maxEvidenceName  = 100     // characters
	evidenceChunk    = 512 << 10
)

// Why a file is not taken; each is ErrInvalid.
var (
	ErrEvidenceEmpty = fmt.Errorf("%w: an empty file", ErrInvalid)
	ErrEvidenceLarge = fmt.Errorf("%w: a file of more than %d bytes", ErrInvalid, MaxEvidence)
	ErrEvidenceKind  = fmt.Errorf("%w: not a sound PDF, JPEG or PNG", ErrInvalid)
	ErrEvidenceName  = fmt.Errorf("%w: a file name that is empty, too long or a path", ErrInvalid)
	ErrEvidenceMany  = fmt.Errorf("%w: %d files already", ErrInvalid, MaxEvidenceFiles)
	ErrEvidenceOwner = fmt.Errorf("%w: only who handles the case attaches files", ErrForbidden)
)

// A CaseFile (tệp chứng cứ) is what is known of a file that was attached to a case.
// The file itself lies in chunks of its own, encrypted with a key outside the store.
type CaseFile struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"` // masked; it ends as its kind does
	Kind   string    `json:"kind"` // application/pdf, image/jpeg or image/png
	Size   int64     `json:"size"` // of what is kept, in bytes
	SHA256 string    `json:"sha256"`
	Given  string    `json:"given,omitempty"` // SHA-256 of what was handed in, where metadata were taken out
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Chunks int       `json:"chunks"`
	// Removed says that the file was taken away again; its line stays.
	Removed bool `json:"removed,omitempty"`
}

// evidenceDoc is one chunk under AES-256-GCM.
type evidenceDoc struct {
	Nonce []byte `json:"nonce"`
	Data  []byte `json:"data"`
}

func evidenceKey(caseID, file string, chunk int) string {
	return fmt.Sprintf("%s/%s/%03d", caseID, file, chunk)
}

func (s *Service) evidenceCipher() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.keys.evidence)
	if err != nil {
		return nil, fmt.Errorf("preparing the key of evidence: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("preparing the key of evidence: %w", err)
	}
	return aead, nil
}

// AttachEvidence attaches a file to a case that the user handles, with a note on
// what it is. What the content is decides, not the name; see evidenceOf. The errors
// ErrEvidence… say what is wrong with it; nothing is kept then.
func (s *Service) AttachEvidence(ctx context.Context, u User, id, name, note string, data []byte) (CaseFile, error) {
	var none CaseFile
	c, err := s.caseFor(ctx, u, id)
	if err != nil {
		return none, err
	}
	officers, err := s.officers(ctx)
	if err != nil {
		return none, err
	}
	if c.Officer != "" {
		officers = append(officers, c.Officer)
	}
	switch {
	case c.Owner != u.Name:
		return none, ErrEvidenceOwner
	case len(data) == 0:
		return none, ErrEvidenceEmpty
	case len(data) > MaxEvidence:
		return none, ErrEvidenceLarge
	case c.evidence() >= MaxEvidenceFiles:
		return none, ErrEvidenceMany
	}
	kind, ext, kept, err := evidenceOf(data)
	if err != nil {
		return none, fmt.Errorf("%w (%w)", ErrEvidenceKind, err)
	}
	if name, err = evidenceName(name, ext, officers); err != nil {
		return none, err
	}
	var raw [8]byte
	if _, err := io.ReadFull(s.Rand, raw[:]); err != nil {
		return none, fmt.Errorf("naming a file: %w", err)
	}
	sum := sha256.Sum256(kept)
	f := CaseFile{ID: hex.EncodeToString(raw[:]), Name: name, Kind: kind, Size: int64(len(kept)), SHA256: hex.EncodeToString(sum[:]), By: u.Name, At: s.Now().UTC()}
	if !bytes.Equal(kept, data) {
		given := sha256.Sum256(data)
		f.Given = hex.EncodeToString(given[:])
	}
	// The chunks first: a file that the case names is there.
	if f.Chunks, err = s.putEvidence(ctx, id, f.ID, kept); err == nil {
		note = Mask(cleanComment(note), officers)
		err = s.changeCase(ctx, u, id, 0, func(c *Case) error {
			switch {
			case c.Owner != u.Name:
				return ErrEvidenceOwner
			case c.evidence() >= MaxEvidenceFiles:
				return ErrEvidenceMany
			}
			c.Files = append(c.Files, f)
			c.step(s.Now(), u.Name, StepEvidence, strings.TrimSpace("Tệp "+f.Name+", SHA-256 "+f.SHA256+"\n"+note))
			return nil
		})
	}
	if err != nil {
		// Nothing names the chunks; a case that is erased takes what is left along.
		return none, errors.Join(err, s.dropEvidence(context.WithoutCancel(ctx), id+"/"+f.ID+"/"))
	}
	if err := s.Audit(ctx, u.Name, "case_evidence", id); err != nil {
		return none, fmt.Errorf("writing the audit: %w", err)
	}
	return f, nil
}

// evidence is how many files are there.
func (c Case) evidence() (n int) {
	for _, f := range c.Files {
		if !f.Removed {
			n++
		}
	}
	return n
}

// evidenceName makes a name of a file fit to keep: masked, and ending as its kind does.
func evidenceName(name, ext string, officers []string) (string, error) {
	name = norm.NFC.String(strings.TrimSpace(name))
	if name == "" || !utf8.ValidString(name) || strings.ContainsAny(name, `/\`) || strings.ContainsFunc(name, unicode.IsControl) || utf8.RuneCountInString(name) > maxEvidenceName {
		return "", ErrEvidenceName
	}
	stem := strings.TrimSuffix(name, path.Ext(name))
	if stem == "" || strings.Trim(stem, ". ") == "" {
		return "", ErrEvidenceName
	}
	return Mask(stem, officers) + ext, nil
}

func (s *Service) putEvidence(ctx context.Context, id, file string, data []byte) (chunks int, err error) {
	aead, err := s.evidenceCipher()
	if err != nil {
		return 0, err
	}
	for part := range slices.Chunk(data, evidenceChunk) {
		nonce := make([]byte, aead.NonceSize())
		if _, err := io.ReadFull(s.Rand, nonce); err != nil {
			return 0, fmt.Errorf("drawing a nonce: %w", err)
		}
		key := evidenceKey(id, file, chunks)
		doc := evidenceDoc{nonce, aead.Seal(nil, nonce, part, []byte(key))}
		if err := insert(ctx, s.Store, collEvidence, key, "", doc); err != nil {
			return 0, fmt.Errorf("keeping a file: %w", err)
		}
		chunks++
	}
	return chunks, nil
}

// Evidence returns a file of a case. The reason, at least MinReason characters, and
// who asked are written to the audit before anything is read. ErrNotFound: no such
// file, or a case that the user must not know of.
func (s *Service) Evidence(ctx context.Context, u User, id, file, reason string) (CaseFile, []byte, error) {
	c, err := s.caseFor(ctx, u, id)
	if err != nil {
		return CaseFile{}, nil, err
	}
	f, err := c.file(file)
	if err != nil {
		return f, nil, err
	}
	if reason, err = s.reason(ctx, reason); err != nil {
		return f, nil, err
	}
	if err := s.Audit(ctx, u.Name, "evidence_view", "case "+id+", "+f.ID+": "+reason); err != nil {
		return f, nil, fmt.Errorf("writing the audit: %w", err)
	}
	aead, err := s.evidenceCipher()
	if err != nil {
		return f, nil, err
	}
	data := make([]byte, 0, f.Size)
	for i := range f.Chunks {
		key := evidenceKey(id, f.ID, i)
		var doc evidenceDoc
		if _, err := get(ctx, s.Store, collEvidence, key, &doc); err != nil {
			return f, nil, fmt.Errorf("reading a file: %w", err)
		}
		if len(doc.Nonce) != aead.NonceSize() {
			return f, nil, fmt.Errorf("opening a file: %w", ErrWrongKey)
		}
		if data, err = aead.Open(data, doc.Nonce, doc.Data, []byte(key)); err != nil {
			return f, nil, fmt.Errorf("opening a file: %w", ErrWrongKey)
		}
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != f.SHA256 {
		return f, nil, errors.New("opening a file: it is not the one that was attached")
	}
	return f, data, nil
}

// file finds a file that is there, or ErrNotFound.
func (c Case) file(id string) (CaseFile, error) {
	for _, f := range c.Files {
		if f.ID == id && !f.Removed {
			return f, nil
		}
	}
	return CaseFile{}, fmt.Errorf("%w: file", ErrNotFound)
}

// reason checks and masks why somebody wants to see what is kept closed.
func (s *Service) reason(ctx context.Context, text string) (string, error) {
	text = cleanComment(text)
	if utf8.RuneCountInString(text) < MinReason {
		return "", fmt.Errorf("%w: a reason of at least %d characters", ErrInvalid, MinReason)
	}
	officers, err := s.officers(ctx)
	if err != nil {
		return "", err
	}
	return Mask(text, officers), nil
}

// RemoveEvidence takes a file away again, for a reason of at least MinReason
// characters, which stays with the case as the file's line does.
func (s *Service) RemoveEvidence(ctx context.Context, u User, id, file, reason string) error {
	if _, err := s.caseFor(ctx, u, id); err != nil {
		return err
	}
	reason, err := s.reason(ctx, reason)
	if err != nil {
		return err
	}
	err = s.changeCase(ctx, u, id, 0, func(c *Case) error {
		if c.Owner != u.Name {
			return ErrEvidenceOwner
		}
		i := slices.IndexFunc(c.Files, func(f CaseFile) bool { return f.ID == file })
		switch {
		case i < 0:
			return fmt.Errorf("%w: file", ErrNotFound)
		case c.Files[i].Removed: // and perhaps broken off before its chunks went
			return errNoChange
		}
		c.Files[i].Removed = true
		c.step(s.Now(), u.Name, StepEvidence, "Gỡ tệp "+c.Files[i].Name+": "+reason)
		return nil
	})
	if err != nil && !errors.Is(err, errNoChange) {
		return err
	}
	if err := s.dropEvidence(ctx, id+"/"+file+"/"); err != nil {
		return err
	}
	if err := s.Audit(ctx, u.Name, "evidence_removed", "case "+id+", "+file+": "+reason); err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	return nil
}

// dropEvidence deletes the chunks whose keys begin so; prefix ends with a slash.
func (s *Service) dropEvidence(ctx context.Context, prefix string) error {
	for {
		var keys []string                                                                                                                     // a few at a time: each comes with its chunk
		for d, err := range s.Store.Scan(ctx, collEvidence, store.Range{From: prefix, To: strings.TrimSuffix(prefix, "/") + "0", Limit: 4}) { // '0' follows '/'
			if err != nil {
				return fmt.Errorf("dropping files: %w", err)
			}
			keys = append(keys, d.Key)
		}
		if len(keys) == 0 {
			return nil
		}
		for _, key := range keys {
			if err := s.drop(ctx, collEvidence, key); err != nil {
				return fmt.Errorf("dropping files: %w", err)
			}
		}
	}
}

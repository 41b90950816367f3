package server

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"hailong/server/store"
)

// MinReason is the shortest reason taken for reading an original comment, in characters.
const MinReason = 10

// A sealedComment is a comment as the citizen wrote it, under AES-256-GCM.
type sealedComment struct {
	Nonce []byte `json:"nonce"`
	Text  []byte `json:"text"`
}

// mask makes the comment of a new answer fit to keep: the answer holds the
// masked text and a one-way function of what was written.
func (s *Service) mask(a *Answer, officers []string) {
	if a.Officer != "" {
		officers = append(slices.Clip(officers), a.Officer)
	}
	original := a.Comment
	a.Comment, a.Said = Mask(original, officers), s.said(a.ID, original)
}

// said tells one comment from another without repeating it.
func (s *Service) said(id, original string) string {
	return oneWay(s.keys.cases, "comment/"+id+"/"+original)
}

func (s *Service) commentCipher() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.keys.comment)
	if err != nil {
		return nil, fmt.Errorf("preparing the comments' key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("preparing the comments' key: %w", err)
	}
	return aead, nil
}

// commentKey is where the original of a comment is kept. A changed answer's has a
// place of its own, so that it can be there before the change is; later changes
// have later places.
func commentKey(a Answer) string {
	if a.Rev == 0 {
		return a.ID
	}
	return fmt.Sprintf("%s/%06d/%s", a.ID, a.Rev, a.Said)
}

// dropComments deletes the originals kept for an answer.
func (s *Service) dropComments(ctx context.Context, id string) error {
	return s.dropCommentsBut(ctx, id, func(string) bool { return false })
}

// dropEarlier deletes the originals of wordings before a, and of those that
// were about to take its place and did not.
func (s *Service) dropEarlier(ctx context.Context, a Answer) error {
	own := commentKey(a)
	return s.dropCommentsBut(ctx, a.ID, func(key string) bool {
		return key == own || key > fmt.Sprintf("%s/%06d~", a.ID, a.Rev)
	})
}

func (s *Service) dropCommentsBut(ctx context.Context, id string, keep func(key string) bool) error {
	var keys []string
	for d, err := range s.Store.Scan(ctx, collComments, store.Range{From: id, To: id + "0"}) { // '0' follows '/'
		if err != nil {
			return fmt.Errorf("dropping comments: %w", err)
		}
		if !keep(d.Key) {
			keys = append(keys, d.Key)
		}
	}
	for _, key := range keys {
		if err := s.drop(ctx, collComments, key); err != nil {
			return fmt.Errorf("dropping comments: %w", err)
		}
	}
	return nil
}

// sealComment keeps the original of a comment that masking changed. Once: a
// second call leaves the first original.
func (s *Service) sealComment(ctx context.Context, a Answer, original string) error {
	if original == a.Comment {
		return nil
	}
	aead, err := s.commentCipher()
	if err != nil {
		return err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := io.ReadFull(s.Rand, nonce); err != nil {
		return fmt.Errorf("drawing a nonce: %w", err)
	}
	doc := sealedComment{Nonce: nonce, Text: aead.Seal(nil, nonce, []byte(original), []byte(a.ID))}
	if err := insert(ctx, s.Store, collComments, commentKey(a), "", doc); err != nil && !errors.Is(err, store.ErrExists) {
		return fmt.Errorf("sealing a comment: %w", err)
	}
	return nil
}

// original opens the comment of an answer as it was written.
func (s *Service) original(ctx context.Context, id string) (string, error) {
	a, err := s.answer(ctx, id)
	if err != nil {
		return "", fmt.Errorf("reading a comment: %w", err)
	}
	var doc sealedComment
	_, err = get(ctx, s.Store, collComments, commentKey(a), &doc)
	if errors.Is(err, store.ErrNotFound) { // masking changed nothing, or it is older than masking
		return a.Comment, nil
	}
	if err != nil {
		return "", fmt.Errorf("reading a comment: %w", err)
	}
	aead, err := s.commentCipher()
	if err != nil {
		return "", err
	}
	if len(doc.Nonce) != aead.NonceSize() {
		return "", fmt.Errorf("opening a comment: %w", ErrWrongKey)
	}
	text, err := aead.Open(nil, doc.Nonce, doc.Text, []byte(id))
	if err != nil {
		return "", fmt.Errorf("opening a comment: %w", ErrWrongKey)
	}
	return string(text), nil
}

// OriginalComment returns a case's comment as the citizen wrote it. The reason,
// at least MinReason characters, and who asked are written to the audit before
// anything is read; the case keeps them as a step, too.
func (s *Service) OriginalComment(ctx context.Context, u User, id, reason string) (string, error) {
	reason, err := s.reason(ctx, reason)
	if err != nil {
		return "", err
	}
	c, err := s.caseFor(ctx, u, id)
	if err != nil {
		return "", err
	}
	if err := s.Audit(ctx, u.Name, "comment_original", "case "+id+": "+reason); err != nil {
		return "", fmt.Errorf("writing the audit: %w", err)
	}
	if err := s.changeCase(ctx, u, id, 0, func(c *Case) error {
		c.step(s.Now(), u.Name, StepOriginal, reason)
		return nil
	}); err != nil {
		return "", err
	}
	return s.original(ctx, c.Answer)
}

// An officerDoc is an officer whose name is masked in comments.
type officerDoc struct {
	Name string `json:"name"`
}

// learnOfficers remembers the officers that dossiers name.
func (s *Service) learnOfficers(ctx context.Context, ds []Dossier) error {
	seen := map[string]bool{"": true}
	for _, d := range ds {
		name := strings.TrimSpace(d.Officer)
		if seen[name] {
			continue
		}
		seen[name] = true
		if err := insert(ctx, s.Store, collOfficers, oneWay(s.keys.fingerprint, "officer/"+name), "", officerDoc{name}); err != nil && !errors.Is(err, store.ErrExists) {
			return fmt.Errorf("remembering officers: %w", err)
		}
	}
	return nil
}

// officers lists the officers whose names are masked, at most a thousand.
func (s *Service) officers(ctx context.Context) ([]string, error) {
	var out []string
	for d, err := range s.Store.Scan(ctx, collOfficers, store.Range{Limit: 1000}) {
		if err != nil {
			return nil, fmt.Errorf("listing officers: %w", err)
		}
		var o officerDoc
		if err := json.Unmarshal(d.Body, &o); err != nil {
			return nil, fmt.Errorf("decoding an officer: %w", err)
		}
		out = append(out, o.Name)
	}
	return out, nil
}

package report

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"hailong/server"
)

// An openedPack is a pack as it was unpacked: the short files, and the long ones
// as they lie in the ZIP, read through once.
type openedPack struct {
	data map[string][]byte
	long map[string]*zip.File
	sums map[string]ManifestFile
}

// longFiles grow with the number of answers: they are not held in memory.
var longFiles = []string{fileAnswers, fileCriteria, fileLedger}

// openPack reads all files.
func openPack(r io.ReaderAt, size int64) (*openedPack, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%w: tệp hỏng, bị cắt hoặc không phải ZIP / damaged, cut off or no ZIP: %w", ErrNotPack, err)
	}
	if !slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == fileManifest }) {
		return nil, fmt.Errorf("%w: thiếu %s / there is no %s", ErrNotPack, fileManifest, fileManifest)
	}
	p, total := &openedPack{map[string][]byte{}, map[string]*zip.File{}, map[string]ManifestFile{}}, int64(0)
	for _, f := range z.File {
		if !slices.Contains(packNames, f.Name) {
			return nil, fmt.Errorf("%w: có tệp lạ / a strange file: %.60q", ErrNotPack, f.Name)
		}
		if _, twice := p.sums[f.Name]; twice {
			return nil, fmt.Errorf("%w: %s có hai lần / is there twice", ErrNotPack, f.Name)
		}
		var data bytes.Buffer
		hash := sha256.New()
		into := io.Writer(hash)
		if slices.Contains(longFiles, f.Name) {
			p.long[f.Name] = f
		} else {
			into = io.MultiWriter(hash, &data)
		}
		n, err := unpack(f, into)
		if err != nil {
			return nil, err
		}
		if total += n; total > maxPack {
			return nil, fmt.Errorf("%w: quá lớn / too large", ErrNotPack)
		}
		p.data[f.Name], p.sums[f.Name] = data.Bytes(), ManifestFile{f.Name, n, hex.EncodeToString(hash.Sum(nil))}
	}
	for _, name := range packNames {
		if _, ok := p.sums[name]; !ok {
			return nil, fmt.Errorf("%w: thiếu %s / there is no %s", ErrNotPack, name, name)
		}
	}
	return p, nil
}

func unpack(f *zip.File, into io.Writer) (int64, error) {
	in, err := f.Open()
	if err != nil {
		return 0, fmt.Errorf("%w: %s: %w", ErrNotPack, f.Name, err)
	}
	defer in.Close()
	n, err := io.Copy(into, io.LimitReader(in, maxPackFile+1))
	if err != nil {
		return 0, fmt.Errorf("%w: %s hỏng / is damaged: %w", ErrNotPack, f.Name, err)
	}
	if n > maxPackFile {
		return 0, fmt.Errorf("%w: %s quá lớn / is too large", ErrNotPack, f.Name)
	}
	return n, nil
}

// read calls what with a file of the pack.
func (p *openedPack) read(name string, what func(io.Reader) error) error {
	f, ok := p.long[name]
	if !ok {
		return what(bytes.NewReader(p.data[name]))
	}
	in, err := f.Open()
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrNotPack, name, err)
	}
	defer in.Close()
	return what(in)
}

// answers reads a table of answers, which has one way to be written.
func (p *openedPack) answers(name string, t answersTable) ([]server.ReviewRow, error) {
	if err := p.read(name, t.read); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if !p.holds(packFile{name: name, long: t}) {
		return nil, fmt.Errorf("%s không đúng dạng / is not written as it should be", name)
	}
	return t.rows, nil
}

// holds reports whether a file is as it was made anew.
func (p *openedPack) holds(f packFile) bool {
	sum, err := f.sum()
	return err == nil && sum == p.sums[f.name]
}

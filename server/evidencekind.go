package server

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	_ "image/jpeg" // an image must decode to be taken
	_ "image/png"
)

// maxPixels bounds what an image may unfold to: 50 megapixels, as phones take them.
const maxPixels = 50_000_000

// evidenceOf finds out by its content what kind of file data is, never by its name,
// and returns it without what tells who made it, where and when: of an image the
// metadata (EXIF, with the place; XMP; comments; whatever follows the picture) go,
// the picture stays as it is, bit for bit, and stands upright. A PDF is kept as it
// came. ErrInvalid: another kind of file, or a damaged one.
func evidenceOf(data []byte) (kind, ext string, kept []byte, err error) {
	switch {
	case bytes.HasPrefix(data, []byte("%PDF-")):
		if tail := data[max(0, len(data)-2048):]; !bytes.Contains(tail, []byte("%%EOF")) {
			return "", "", nil, fmt.Errorf("%w: a PDF without its end", ErrInvalid)
		}
		return "application/pdf", ".pdf", data, nil
	case bytes.HasPrefix(data, []byte{0xff, 0xd8, 0xff}):
		kind, ext = "image/jpeg", ".jpg"
		kept, err = bareJPEG(data)
	case bytes.HasPrefix(data, []byte(pngHead)):
		kind, ext = "image/png", ".png"
		kept, err = barePNG(data)
	default:
		return "", "", nil, fmt.Errorf("%w: neither PDF nor JPEG nor PNG", ErrInvalid)
	}
	if err != nil {
		return "", "", nil, err
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(kept))
	if err != nil || "image/"+format != kind || c.Width <= 0 || c.Height <= 0 || c.Width > maxPixels/c.Height {
		return "", "", nil, fmt.Errorf("%w: an image that cannot be read, or of more than %d pixels", ErrInvalid, maxPixels)
	}
	if _, _, err := image.Decode(bytes.NewReader(kept)); err != nil {
		return "", "", nil, fmt.Errorf("%w: a damaged image", ErrInvalid)
	}
	return kind, ext, kept, nil
}

var errImage = fmt.Errorf("%w: a damaged image", ErrInvalid)

// The markers of JPEG (ITU-T T.81, table B.1) that matter here.
const (
	jpegAPP0  = 0xe0
	jpegAPP1  = 0xe1
	jpegAPP14 = 0xee // Adobe: how colours are coded
	jpegAPP15 = 0xef
	jpegCOM   = 0xfe
	jpegSOS   = 0xda
	jpegEOI   = 0xd9
	jpegTEM   = 0x01
	jpegRST0  = 0xd0
	jpegRST7  = 0xd7
)

// bareJPEG drops every application segment but JFIF and Adobe's, every comment and
// all that follows the end of the image. Of EXIF it keeps the orientation alone.
func bareJPEG(b []byte) ([]byte, error) {
	out := append(make([]byte, 0, len(b)), 0xff, 0xd8)
	orientation := uint16(1)
	for at := 2; at+1 < len(b); {
		if b[at] != 0xff {
			return nil, errImage
		}
		m := b[at+1]
		switch {
		case m == 0xff: // fill
			at++
			continue
		case m == jpegEOI:
			out = append(out, 0xff, jpegEOI)
			if orientation > 1 {
				out = append(append([]byte{0xff, 0xd8}, orientationSegment(orientation)...), out[2:]...)
			}
			return out, nil
		case m == jpegTEM || m >= jpegRST0 && m <= jpegRST7:
			out = append(out, 0xff, m)
			at += 2
			continue
		}
		if at+4 > len(b) {
			return nil, errImage
		}
		end := at + 2 + int(binary.BigEndian.Uint16(b[at+2:]))
		if end < at+4 || end > len(b) {
			return nil, errImage
		}
		segment := b[at:end]
		switch {
		case m == jpegAPP1:
			if o := exifOrientation(segment[4:]); o > 0 {
				orientation = o
			}
		case m == jpegCOM, m > jpegAPP0 && m <= jpegAPP15 && m != jpegAPP14:
		case m == jpegAPP0 && !bytes.HasPrefix(segment[4:], []byte("JFIF\x00")): // a thumbnail
		case m == jpegAPP0:
			out = append(out, plainJFIF(segment)...)
		default:
			out = append(out, segment...)
		}
		at = end
		if m != jpegSOS {
			continue
		}
		for at+1 < len(b) && (b[at] != 0xff || b[at+1] == 0 || b[at+1] >= jpegRST0 && b[at+1] <= jpegRST7) {
			at++
		}
		out = append(out, b[end:at]...)
	}
	return nil, errImage
}

// plainJFIF is a JFIF segment without its thumbnail.
func plainJFIF(segment []byte) []byte {
	const size = 18
	if len(segment) < size {
		return nil
	}
	s := bytes.Clone(segment[:size])
	binary.BigEndian.PutUint16(s[2:], size-2)
	s[16], s[17] = 0, 0
	return s
}

const (
	exifHead       = "Exif\x00\x00"
	tagOrientation = 0x0112
)

// exifOrientation reads how an image is to be turned, 1 to 8, or 0: nothing is said.
func exifOrientation(s []byte) uint16 {
	if !bytes.HasPrefix(s, []byte(exifHead)) {
		return 0
	}
	t := s[len(exifHead):]
	var order binary.ByteOrder = binary.BigEndian
	switch {
	case len(t) < 8:
		return 0
	case bytes.HasPrefix(t, []byte("II")):
		order = binary.LittleEndian
	}
	at := uint64(order.Uint32(t[4:]))
	if at+2 > uint64(len(t)) {
		return 0
	}
	n := uint64(order.Uint16(t[at:]))
	for i := range n {
		e := at + 2 + 12*i
		if e+12 > uint64(len(t)) {
			return 0
		}
		if order.Uint16(t[e:]) == tagOrientation {
			if o := order.Uint16(t[e+8:]); o >= 1 && o <= 8 {
				return o
			}
			return 0
		}
	}
	return 0
}

// orientationSegment is an EXIF segment that says how to turn an image and no more.
func orientationSegment(o uint16) []byte {
	s := []byte{0xff, jpegAPP1, 0, 0}
	s = append(s, exifHead...)
	s = append(s, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1)
	s = append(s, tagOrientation>>8, tagOrientation&0xff, 0, 3, 0, 0, 0, 1, byte(o>>8), byte(o), 0, 0)
	s = append(s, 0, 0, 0, 0)
	binary.BigEndian.PutUint16(s[2:], uint16(len(s)-2))
	return s
}

const pngHead = "\x89PNG\r\n\x1a\n"

// barePNG keeps the chunks that a picture is drawn by (PNG, third edition, 11.2 and
// 11.3) and drops texts, times, EXIF and all that follows the end of the image.
func barePNG(b []byte) ([]byte, error) {
	out := append(make([]byte, 0, len(b)), pngHead...)
	for at := len(pngHead); at+12 <= len(b); {
		n := uint64(binary.BigEndian.Uint32(b[at:]))
		end := uint64(at) + 12 + n
		if end > uint64(len(b)) {
			return nil, errImage
		}
		chunk, name := b[at:end], string(b[at+4:at+8])
		if crc32.ChecksumIEEE(chunk[4:len(chunk)-4]) != binary.BigEndian.Uint32(chunk[len(chunk)-4:]) {
			return nil, errImage
		}
		switch name {
		case "IHDR", "PLTE", "IDAT", "tRNS", "gAMA", "cHRM", "sRGB", "sBIT", "pHYs", "bKGD":
			out = append(out, chunk...)
		case "IEND":
			return append(out, chunk...), nil
		}
		at = int(end)
	}
	return nil, errImage
}

package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"hailong/server"
)

// messageLimit is how many characters a message has at most: what an operator
// sends as one text, and what is read to the end.
const messageLimit = 300

// writeMessages writes what is sent instead of a printed slip: a CSV file with a
// byte order mark, so that Excel reads the accents, with one row a slip.
func writeMessages(w io.Writer, slips []server.Slip, office, baseURL string) error {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return err
	}
	rows := [][]string{{"dossier", "channel", "url", "message"}}
	for _, s := range slips {
		// The address on paper is in capitals to make the code smaller; a phone
		// makes a link of it only in the usual spelling.
		url := baseURL + "/q/" + s.Code.Text()
		text, err := message(s, office, url)
		if err != nil {
			return err
		}
		rows = append(rows, []string{string(s.Dossier), s.Channel.Name(), url, text})
	}
	return csv.NewWriter(w).WriteAll(rows)
}

// message invites whoever handed a dossier in, without the dossier's number and
// without anybody's name. What makes it too long is left out: first the
// procedure, then the office.
func message(s server.Slip, office, url string) (string, error) {
	procedure, office := oneLine(s.Procedure), oneLine(office)
	if procedure != "" {
		procedure = " thủ tục “" + procedure + "”"
	} else {
		procedure = " hồ sơ"
	}
	if office != "" {
		office = " tại " + office
	}
	end := fmt.Sprintf(": %s (đến hết %s). Khoảng một phút, ẩn danh; không hỏi họ tên, số giấy tờ hay tiền.", url, s.Expires.VI())
	for _, what := range []string{procedure + office, " hồ sơ" + office, " hồ sơ"} {
		text := "Mời ông/bà đánh giá việc giải quyết" + what + end
		if utf8.RuneCountInString(text) <= messageLimit {
			return text, nil
		}
	}
	return "", fmt.Errorf("%w: --base-url quá dài cho một tin nhắn / is too long for a message", errUsage)
}

// oneLine makes single spaces of all white space.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

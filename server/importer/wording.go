package importer

import (
	"regexp"

	"hailong/server"
)

// A vocabulary says which of the numbers 1 to max a text in a cell stands for.
type vocabulary[T ~int] struct {
	max  T
	text map[string]T // by its folded form
	seen map[string]T // by the text itself: a file has few, many times
}

func newVocabulary[T ~int](max T) *vocabulary[T] {
	return &vocabulary[T]{max, map[string]T{}, map[string]T{}}
}

// add teaches wordings of v. A later one wins, so that a mapping can overrule.
func (w *vocabulary[T]) add(v T, texts ...string) {
	for _, t := range texts {
		w.text[fold(t)] = v
	}
}

// find reads a wording, a number, or a number before its wording, as in
// "10. Đã trả kết quả"; it is 0 for anything else.
func (w *vocabulary[T]) find(s string) T {
	if v, ok := w.seen[s]; ok {
		return v
	}
	v := w.look(s)
	if len(w.seen) < 1000 {
		w.seen[s] = v
	}
	return v
}

func (w *vocabulary[T]) look(s string) T {
	if v, ok := w.text[fold(s)]; ok {
		return v
	}
	m := numbered.FindStringSubmatch(s)
	if m == nil {
		return 0
	}
	v := T(number(m[1]))
	if v > w.max || m[2] != "" && w.text[fold(m[2])] != v {
		return 0
	}
	return v
}

var numbered = regexp.MustCompile(`^0?(\d{1,2})(?:\s*[-–.:)]\s*(\D.*))?$`)

// statusWordings are the ten statuses and what systems write for them. Wordings
// that different systems use for different statuses ("Trả lại hồ sơ", "Tạm
// dừng") are left out on purpose: such a row is reported, and the unit says
// with a mapping what it means.
func statusWordings() *vocabulary[server.Status] {
	w := newVocabulary(server.StatusReturned)
	for s := server.StatusNew; s <= server.StatusReturned; s++ {
		w.add(s, s.String())
	}
	w.add(server.StatusNew, "Mới", "Mới nộp", "Mới gửi", "Chờ tiếp nhận", "Đang chờ tiếp nhận", "Chưa tiếp nhận")
	w.add(server.StatusAccepted, "Đã tiếp nhận", "Tiếp nhận", "Mới tiếp nhận", "Đã được tiếp nhận", "Đã tiếp nhận hồ sơ")
	w.add(server.StatusRefused, "Từ chối tiếp nhận", "Không tiếp nhận", "Từ chối", "Bị từ chối", "Từ chối hồ sơ",
		"Bị từ chối tiếp nhận", "Không được tiếp nhận hồ sơ")
	w.add(server.StatusProcessing, "Đang giải quyết", "Đang thực hiện", "Chờ xử lý", "Đang xử lý trong hạn",
		"Đang xử lý quá hạn", "Đang giải quyết trong hạn", "Đang giải quyết quá hạn", "Đang xử lý trễ hạn",
		"Đang thụ lý", "Đang thẩm định", "Chờ phê duyệt", "Chờ ký duyệt", "Trình ký", "Đang trình ký")
	w.add(server.StatusSupplement, "Yêu cầu bổ sung", "Yêu cầu bổ sung hồ sơ", "Bổ sung hồ sơ", "Chờ bổ sung",
		"Chờ bổ sung hồ sơ", "Đang chờ bổ sung", "Cần bổ sung", "Bổ sung giấy tờ", "Dừng chờ bổ sung")
	w.add(server.StatusPayment, "Yêu cầu nghĩa vụ tài chính", "Thực hiện nghĩa vụ tài chính", "Chờ nghĩa vụ tài chính",
		"Chờ thực hiện nghĩa vụ tài chính", "Chờ thanh toán", "Yêu cầu thanh toán", "Chờ nộp phí", "Chờ nộp lệ phí",
		"Nghĩa vụ tài chính", "Chờ thuế")
	w.add(server.StatusWithdrawn, "Rút hồ sơ", "Xin rút", "Xin rút hồ sơ", "Đã rút", "Đã rút hồ sơ", "Yêu cầu rút hồ sơ",
		"Công dân rút hồ sơ", "Công dân xin rút hồ sơ", "Người dân rút hồ sơ", "Công dân yêu cầu rút")
	w.add(server.StatusStopped, "Hủy", "Đã hủy", "Hủy hồ sơ", "Hồ sơ hủy", "Bị hủy", "Đã hủy hồ sơ", "Hồ sơ đã hủy",
		"Dừng giải quyết", "Đã dừng xử lý", "Không giải quyết")
	w.add(server.StatusFinished, "Đã giải quyết", "Đã giải quyết xong", "Giải quyết xong", "Xử lý xong", "Đã xử lý",
		"Có kết quả", "Đã có kết quả", "Chờ trả kết quả", "Chờ trả", "Hoàn thành", "Đã hoàn thành", "Hoàn thành xử lý",
		"Đã giải quyết đúng hạn", "Đã giải quyết trước hạn", "Đã giải quyết quá hạn", "Đã giải quyết trễ hạn",
		"Đã xử lý đúng hạn", "Đã xử lý trước hạn", "Đã xử lý quá hạn", "Đã xử lý trễ hạn", "Chưa trả kết quả")
	w.add(server.StatusReturned, "Đã trả", "Trả kết quả", "Đã trả KQ", "Đã trả kết quả cho công dân", "Đã trả hồ sơ",
		"Đã nhận kết quả", "Công dân đã nhận kết quả", "Đã trả kết quả đúng hạn", "Đã trả kết quả trước hạn",
		"Đã trả kết quả quá hạn", "Đã trả kết quả trễ hạn")
	return w
}

// channelWordings are the three channels and what systems write for them.
func channelWordings() *vocabulary[server.Channel] {
	w := newVocabulary(server.ChannelPost)
	w.add(server.ChannelCounter, server.ChannelCounter.String(), "Nộp trực tiếp", "Tại quầy", "Một cửa", "Bộ phận một cửa",
		"Tại bộ phận một cửa", "Tiếp nhận trực tiếp", "Trực tiếp tại quầy", "Trực tiếp tại bộ phận một cửa", "Tại trung tâm", "Tại chỗ")
	w.add(server.ChannelOnline, server.ChannelOnline.String(), "Nộp trực tuyến", "Online", "Qua mạng", "Nộp qua mạng",
		"Dịch vụ công", "Dịch vụ công trực tuyến", "DVC", "DVCTT", "DVC trực tuyến", "Cổng dịch vụ công", "Cổng DVC",
		"Cổng dịch vụ công quốc gia", "Tiếp nhận trực tuyến", "Internet", "Từ cổng dịch vụ công", "Môi trường mạng")
	w.add(server.ChannelPost, server.ChannelPost.String(), "Bưu chính", "Bưu điện", "BCCI", "Dịch vụ bưu chính",
		"Dịch vụ bưu chính công ích", "Dịch vụ BCCI", "Qua bưu điện", "Qua bưu chính", "Qua bưu chính công ích",
		"Qua dịch vụ bưu chính công ích", "Nộp qua bưu điện", "Nộp qua bưu chính công ích", "VNPost")
	return w
}

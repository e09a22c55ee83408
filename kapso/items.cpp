#include "kapso/items.hpp"

namespace kapso {

void Items::ignore(std::string name) {
    if (name.size() > longest_name) name = "a name of over 100 bytes";
    if (has_room()) items_.emplace_back(Ignored{std::move(name)});
}

void Items::keep_body(std::string reason) {
    items_.emplace_back(Unclear{std::move(reason), std::string(body_)});
}

std::vector<Item> Items::take() && {
    if (left_out_ > 0) {
        items_.emplace_back(Unclear{"the body has at least " + std::to_string(left_out_) +
                                        " more entries that are unclear or of no use",
                                    std::string(body_)});
    }
    return std::move(items_);
}

bool Items::has_room() {
    if (++aside_ <= limit && raw_bytes_ <= raw_limit) return true;
    ++left_out_;
    if (aside_ > patience) throw GiveUp{};
    return false;
}

void Items::keep(Unclear unclear) {
    raw_bytes_ += unclear.raw.size();
    items_.emplace_back(std::move(unclear));
}

}  // namespace kapso

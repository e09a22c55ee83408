#include "actors/slice_share.hpp"

#include <algorithm>

namespace actors {
namespace {

bool among(const std::vector<int>& all, int one) {
    return std::ranges::find(all, one) != all.end();
}

void remove(std::vector<int>& from, const std::vector<int>& what) {
    std::erase_if(from, [&](int one) { return among(what, one); });
}

}  // namespace

void SliceShare::renewed(const std::vector<int>& given_back, const std::vector<int>& held,
                         int deciders) {
    deciders_ = deciders;
    remove(give_back_, given_back);
    for (auto* mine : {&leaving_, &give_back_}) {
        std::erase_if(*mine, [&](int slice) { return !among(held, slice); });
    }
}

std::vector<int> SliceShare::closed() const {
    auto all = leaving_;
    all.insert(all.end(), give_back_.begin(), give_back_.end());
    return all;
}

const std::vector<int>& SliceShare::leave(const std::vector<int>& held, Time now) {
    if (leaving_.empty()) leave_by_ = now + leave_bound;
    auto rest = held;
    remove(rest, closed());
    const auto share = static_cast<std::size_t>(db::fair_share(std::max(deciders_, 1), slices_));
    for (auto i = share; i < rest.size(); ++i) leaving_.push_back(rest[i]);
    return leaving_;
}

std::vector<int> SliceShare::left(std::vector<int> slices) {
    std::erase_if(slices, [&](int one) { return !among(leaving_, one); });
    give_back_.insert(give_back_.end(), slices.begin(), slices.end());
    remove(leaving_, slices);
    return slices;
}

}  // namespace actors

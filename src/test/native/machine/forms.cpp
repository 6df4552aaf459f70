#include "forms.h"

#include <algorithm>

namespace machine {

const Forms& Forms::all() {
  static const Forms table = [] {
    Forms made;
    addIntegerForms(made);
    addBitForms(made);
    addFloatForms(made);
    addHalfForms(made);
    addConversionForms(made);
    addCompareForms(made);
    return made;
  }();
  return table;
}

std::vector<std::string> Forms::names() const {
  std::vector<std::string> result;
  for (const auto& one : forms_) result.push_back(one.first);
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace machine

#include <cctype>

#include "ptx.h"

namespace machine::ptx {

namespace {

bool wordStart(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '%' || c == '.'; }
bool wordPart(char c) { return wordStart(c) || std::isdigit(static_cast<unsigned char>(c)); }

class Scanner {
 public:
  explicit Scanner(const std::string& text) : text_(text) {}

  std::vector<Token> all() {
    std::vector<Token> result;
    do result.push_back(next());
    while (result.back().kind != Token::End);
    return result;
  }

 private:
  char at(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void skipBlank() {
    for (;;) {
      if (at() == '\n') line_++, at_++;
      else if (std::isspace(static_cast<unsigned char>(at()))) at_++;
      else if (at() == '/' && at(1) == '/') while (at() && at() != '\n') at_++;
      else if (at() == '/' && at(1) == '*') skipComment();
      else return;
    }
  }

  void skipComment() {
    for (at_ += 2; at() && !(at() == '*' && at(1) == '/'); at_++) line_ += at() == '\n';
    if (!at()) throw LoadError(line_, "comment does not end");
    at_ += 2;
  }

  Token next() {
    skipBlank();
    Token token;
    token.line = line_;
    if (!at()) return token;
    if (std::isdigit(static_cast<unsigned char>(at()))) return number(token);
    if (at() == '"') return quoted(token);
    if (wordStart(at())) {
      token.kind = Token::Word;
      // "shared::cta" is one word, "label:" is not.
      while (wordPart(at()) || (at() == ':' && at(1) == ':')) {
        std::size_t length = at() == ':' ? 2 : 1;
        token.text.append(text_, at_, length);
        at_ += length;
      }
      return token;
    }
    token.kind = Token::Mark;
    token.text = text_[at_++];
    return token;
  }

  Token quoted(Token token) {
    token.kind = Token::Text;
    for (at_++; at() && at() != '"'; at_++) token.text += at();
    if (!at()) throw LoadError(line_, "text does not end");
    at_++;
    return token;
  }

  Token number(Token token) {
    std::size_t start = at_;
    while (std::isalnum(static_cast<unsigned char>(at())) || (at() == '.' && std::isdigit(static_cast<unsigned char>(at(1))))) at_++;
    token.text = text_.substr(start, at_ - start);
    const std::string& t = token.text;
    bool prefixed = t.size() > 1 && t[0] == '0';
    bool isFloat = prefixed && (t[1] == 'f' || t[1] == 'F'), isDouble = prefixed && (t[1] == 'd' || t[1] == 'D');
    std::size_t used = 0;
    try {
      if (isFloat || isDouble) {
        token.kind = isFloat ? Token::Float : Token::Double;
        token.bits = std::stoull(t.substr(2), &used, 16);
        used += 2;
        if (t.size() != (isFloat ? 10u : 18u)) used = 0;
      } else if (t.find('.') != std::string::npos) {
        token.kind = Token::Word;  // a version, "9.0"
        return token;
      } else {
        token.kind = Token::Number;
        bool binary = prefixed && (t[1] == 'b' || t[1] == 'B');
        token.bits = std::stoull(binary ? t.substr(2) : t, &used, binary ? 2 : 0);
        used += binary ? 2 : 0;
        if (used + 1 == t.size() && t.back() == 'U') used++;
      }
    } catch (const std::exception&) {
      used = 0;
    }
    if (used != t.size()) throw LoadError(line_, "not a number: '" + t + "'");
    return token;
  }

  const std::string& text_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

std::vector<Token> tokens(const std::string& text) { return Scanner(text).all(); }

}  // namespace machine::ptx

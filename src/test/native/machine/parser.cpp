#include <cstring>
#include <unordered_map>

#include "ptx.h"

namespace machine::ptx {

int bytesOf(const std::string& type) {
  static const std::unordered_map<std::string, int> sizes = {
      {"b8", 1},  {"u8", 1},  {"s8", 1},  {"b16", 2}, {"u16", 2},  {"s16", 2},    {"f16", 2},  {"bf16", 2}, {"b32", 4},
      {"u32", 4}, {"s32", 4}, {"f32", 4}, {"f16x2", 4}, {"bf16x2", 4}, {"b64", 8}, {"u64", 8}, {"s64", 8}, {"f64", 8}};
  auto found = sizes.find(type);
  return found == sizes.end() ? 0 : found->second;
}

namespace {

class Parser {
 public:
  explicit Parser(const std::string& text) : tokens_(tokens(text)) {}

  Text parse() {
    while (peek().kind != Token::End) topLevel();
    if (text_.version == 0) throw LoadError(1, "no .version");
    return std::move(text_);
  }

 private:
  const Token& peek(int ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  const Token& take() { return tokens_[std::min(at_++, tokens_.size() - 1)]; }
  bool is(const char* text) const { return peek().text == text && peek().kind != Token::Text; }
  bool accept(const char* text) { return is(text) ? (at_++, true) : false; }
  void expect(const char* text) {
    if (!accept(text)) fail("expected '" + std::string(text) + "' but got '" + peek().text + "'");
  }
  [[noreturn]] void fail(const std::string& what) const { throw LoadError(peek().line, what); }
  std::string word() {
    if (peek().kind != Token::Word) fail("expected a name but got '" + peek().text + "'");
    return take().text;
  }
  std::uint64_t number() {
    bool negative = accept("-");
    if (peek().kind != Token::Number) fail("expected a number but got '" + peek().text + "'");
    std::uint64_t value = take().bits;
    return negative ? ~value + 1 : value;
  }

  void topLevel() {
    std::string first = word();
    if (first == ".version") text_.version = version(word());
    else if (first == ".target") target();
    else if (first == ".address_size") {
      if (number() != 64) fail("only 64-bit addresses");
    } else if (first == ".file") file();
    else if (first == ".section") skipBraces();
    else if (first == ".loc") location();
    else declaration(first);
  }

  int version(const std::string& dotted) {
    std::size_t dot = dotted.find('.');
    if (dot == std::string::npos) fail("not a version: '" + dotted + "'");
    return std::stoi(dotted) * 10 + std::stoi(dotted.substr(dot + 1));
  }

  void target() {
    std::string name = word();
    if (name.rfind("sm_", 0) != 0) fail("unknown target '" + name + "'");
    text_.target = std::stoi(name.substr(3));
    while (accept(",")) word();
  }

  void file() {
    int index = static_cast<int>(number());
    text_.files[index] = take().text;
    while (accept(",")) number();
  }

  void skipBraces() {
    word();
    expect("{");
    for (int depth = 1; depth > 0; at_++) {
      if (peek().kind == Token::End) fail("'{' without '}'");
      depth += is("{") ? 1 : is("}") ? -1 : 0;
    }
  }

  void location() {
    Source source;
    source.file = static_cast<int>(number());
    source.line = static_cast<int>(number());
    number();
    if (accept(",")) {
      while (!accept("inlined_at"))
        if (take().kind == Token::End) fail("expected inlined_at");
      source.callerFile = static_cast<int>(number());
      source.callerLine = static_cast<int>(number());
      number();
    }
    if (source.line != 0) source_ = source;  // line 0: made by the compiler, belongs to the one before
  }

  void declaration(std::string first) {
    bool external = false;
    while (first == ".visible" || first == ".weak" || first == ".extern") {
      external |= first == ".extern";
      first = word();
    }
    if (first == ".entry") return function();
    if (first == ".func") fail("device functions are not supported");
    if (first == ".global" || first == ".const" || first == ".shared") {
      text_.variables.push_back(variable(first.substr(1), external));
      return;
    }
    fail("unknown directive '" + first + "'");
  }

  Variable variable(const std::string& space, bool external) {
    Variable made;
    made.space = space;
    made.external = external;
    made.line = peek().line;
    std::string type = word();
    int vector = 1;
    for (;; type = word()) {
      if (type == ".align") made.alignment = number();
      else if (type == ".v2") vector = 2;
      else if (type == ".v4") vector = 4;
      else break;
    }
    std::uint64_t element = bytesOf(type.substr(1)) * static_cast<std::uint64_t>(vector);
    if (element == 0) fail("unknown type '" + type + "'");
    made.alignment = std::max(made.alignment, element);
    made.name = word();
    std::uint64_t count = 1;
    while (accept("[")) {
      count *= is("]") ? 0 : number();
      expect("]");
    }
    made.size = element * count;
    if (accept("=")) initialise(made, element / vector);
    expect(";");
    return made;
  }

  void initialise(Variable& made, std::uint64_t element) {
    std::size_t filled = 0;
    made.initial.assign(made.size, 0);
    int depth = 0;
    do {
      while (accept("{")) depth++;
      bool negative = accept("-");
      if (peek().kind == Token::Word || peek().kind == Token::Text) fail("initial values must be numbers");
      std::uint64_t bits = take().bits;
      if (negative) bits = ~bits + 1;
      if (filled + element > made.size) fail("too many initial values for " + made.name);
      std::memcpy(made.initial.data() + filled, &bits, element);
      filled += element;
      while (depth > 0 && accept("}")) depth--;
    } while (accept(","));
    if (depth) fail("'{' without '}'");
  }

  void function() {
    Function made;
    made.line = peek().line;
    made.name = word();
    if (accept("(")) {
      while (!accept(")")) {
        parameter(made);
        accept(",");
      }
    }
    while (!is("{") && !is(";")) limit(made);
    if (accept(";")) return;
    function_ = &made;
    scopes_.clear();
    source_ = {};
    body(-1);
    function_ = nullptr;
    text_.functions.push_back(std::move(made));
  }

  void parameter(Function& made) {
    expect(".param");
    Parameter one;
    std::string type = word();
    one.alignment = 0;
    for (;; type = word()) {
      if (type == ".align") one.alignment = static_cast<std::uint32_t>(number());
      else if (type == ".ptr" || type == ".global" || type == ".shared") continue;
      else break;
    }
    std::uint32_t element = static_cast<std::uint32_t>(bytesOf(type.substr(1)));
    if (element == 0) fail("unknown parameter type '" + type + "'");
    while (is(".ptr") || is(".global") || is(".align")) word() == ".align" ? number() : 0;
    one.name = word();
    one.size = element;
    if (accept("[")) {
      one.size = element * static_cast<std::uint32_t>(number());
      expect("]");
    }
    one.alignment = std::max(one.alignment, element);
    one.offset = (made.parameterBytes + one.alignment - 1) / one.alignment * one.alignment;
    made.parameterBytes = one.offset + one.size;
    made.parameters.push_back(one);
  }

  Dim3 triple() {
    Dim3 value{1, 1, 1};
    value.x = static_cast<std::uint32_t>(number());
    if (accept(",")) value.y = static_cast<std::uint32_t>(number());
    if (accept(",")) value.z = static_cast<std::uint32_t>(number());
    return value;
  }

  void limit(Function& made) {
    std::string name = word();
    if (name == ".maxntid") made.maxThreads = triple();
    else if (name == ".reqntid") made.requiredThreads = triple();
    else if (name == ".reqnctapercluster") made.requiredCluster = triple(), made.explicitCluster = true;
    else if (name == ".explicitcluster") made.explicitCluster = true;
    else if (name == ".minnctapersm") made.minBlocks = static_cast<int>(number());
    else if (name == ".maxnreg" || name == ".maxclusterrank") number();
    else if (name == ".pragma") take(), expect(";");
    else fail("unknown directive '" + name + "'");
  }

  void body(int parent) {
    expect("{");
    int scope = static_cast<int>(function_->scopeParents.size());
    function_->scopeParents.push_back(parent);
    scopes_.emplace_back();
    while (!accept("}")) {
      if (peek().kind == Token::End) fail("'{' without '}'");
      if (is("{")) body(scope);
      else line(scope);
    }
    scopes_.pop_back();
  }

  void line(int scope) {
    if (is(".reg")) return registers();
    if (is(".loc")) return at_++, location();
    if (is(".pragma")) {
      while (!accept(";")) at_++;
      return;
    }
    if (is(".shared") || is(".local") || is(".global") || is(".const")) {
      std::string space = word().substr(1);
      function_->variables.push_back(variable(space, false));
      return;
    }
    if (accept(";")) return;
    Statement made;
    made.scope = scope;
    made.line = peek().line;
    made.source = source_;
    if (peek().kind == Token::Word && peek(1).text == ":") {
      made.label = word();
      expect(":");
    } else {
      instruction(made);
    }
    function_->statements.push_back(std::move(made));
  }

  void instruction(Statement& made) {
    if (accept("@")) {
      made.negated = accept("!");
      made.predicate = lookUp(word());
      if (made.predicate < 0 || function_->registers[made.predicate].type != "pred") fail("not a predicate register");
    }
    made.opcode = word();
    while (!accept(";")) {
      made.operands.push_back(operand());
      if (!accept(",") && !is(";")) fail("expected ',' or ';' but got '" + peek().text + "'");
    }
  }

  void registers() {
    expect(".reg");
    std::string type = word().substr(1);
    if (type != "pred" && bytesOf(type) == 0) fail("unknown register type '." + type + "'");
    do {
      std::string name = word();
      if (accept("<")) {
        std::uint64_t count = number();
        expect(">");
        for (std::uint64_t i = 0; i < count; i++) declare(name + std::to_string(i), type);
      } else {
        declare(name, type);
      }
    } while (accept(","));
    expect(";");
  }

  void declare(const std::string& name, const std::string& type) {
    scopes_.back()[name] = static_cast<int>(function_->registers.size());
    function_->registers.push_back({name, type});
  }

  int lookUp(const std::string& name) const {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      auto found = scope->find(name);
      if (found != scope->end()) return found->second;
    }
    return -1;
  }

  Operand operand() {
    Operand first = single();
    if (!accept("|")) return first;
    Operand both;
    both.kind = Operand::Vector;
    both.pair = true;
    both.elements = {first, single()};
    return both;
  }

  Operand single() {
    Operand made;
    if (accept("[")) return memory();
    if (accept("{")) {
      made.kind = Operand::Vector;
      do made.elements.push_back(single());
      while (accept(","));
      expect("}");
      return made;
    }
    made.negated = accept("!");
    const Token& token = peek();
    if (is("-") || token.kind == Token::Number) {
      made.kind = Operand::Integer;
      made.bits = number();
    } else if (token.kind == Token::Float || token.kind == Token::Double) {
      made.kind = token.kind == Token::Float ? Operand::Float : Operand::Double;
      made.bits = take().bits;
    } else {
      std::string name = word();
      made.reg = lookUp(name);
      made.kind = name == "_" ? Operand::Sink : made.reg >= 0 ? Operand::Register : Operand::Name;
      made.name = name;
      if (made.kind == Operand::Name && accept("+")) made.offset = static_cast<std::int64_t>(number());
    }
    return made;
  }

  Operand memory() {
    Operand made;
    made.kind = Operand::Memory;
    if (peek().kind == Token::Number) {
      made.offset = static_cast<std::int64_t>(number());
    } else {
      made.name = word();
      made.reg = lookUp(made.name);
      if (accept("+")) made.offset = static_cast<std::int64_t>(number());
      else if (is("-")) made.offset = static_cast<std::int64_t>(number());
    }
    expect("]");
    return made;
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  Text text_;
  Function* function_ = nullptr;
  std::vector<std::unordered_map<std::string, int>> scopes_;
  Source source_;
};

}  // namespace

Text parse(const std::string& text) { return Parser(text).parse(); }

}  // namespace machine::ptx

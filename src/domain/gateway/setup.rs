//! How programs are pointed at the gateway: a few lines for each way that people ask Claude by.

/// Lines to be copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// In addresses and ids of elements.
    pub slug: &'static str,
    /// The library or program.
    pub name: &'static str,
    /// How it is installed; empty where nothing has to be.
    pub install: &'static str,
    pub lines: String,
}

/// What stands where the token belongs.
pub const TOKEN: &str = "trn_…";

/// For an installation at `address` (scheme and host, nothing behind them) and a model that can be
/// used.
pub fn setups(address: &str, model: &str) -> [Setup; 5] {
    let python = format!(
        "from anthropic import Anthropic\n\
         client = Anthropic(base_url=\"{address}\", api_key=\"{TOKEN}\")\n\
         print(client.messages.create(model=\"{model}\", max_tokens=1024, \
         messages=[{{\"role\": \"user\", \"content\": \"Hello\"}}]).content)"
    );
    let typescript = format!(
        "import Anthropic from \"@anthropic-ai/sdk\";\n\
         const client = new Anthropic({{ baseURL: \"{address}\", apiKey: \"{TOKEN}\" }});\n\
         console.log((await client.messages.create({{ model: \"{model}\", max_tokens: 1024, \
         messages: [{{ role: \"user\", content: \"Hello\" }}] }})).content);"
    );
    let curl = format!(
        "curl {address}/v1/messages -H \"x-api-key: {TOKEN}\" \\\n  \
         -H \"anthropic-version: 2023-06-01\" -H \"content-type: application/json\" \\\n  \
         -d '{{\"model\": \"{model}\", \"max_tokens\": 1024, \
         \"messages\": [{{\"role\": \"user\", \"content\": \"Hello\"}}]}}'"
    );
    let litellm = format!(
        "from litellm import completion\n\
         print(completion(model=\"anthropic/{model}\", api_base=\"{address}\", \
         api_key=\"{TOKEN}\",\n    \
         max_tokens=1024, messages=[{{\"role\": \"user\", \"content\": \"Hello\"}}]))"
    );
    let environment =
        format!("export ANTHROPIC_BASE_URL=\"{address}\"\nexport ANTHROPIC_API_KEY=\"{TOKEN}\"");
    let setup = |slug, name, install, lines| Setup { slug, name, install, lines };
    [
        setup("python", "Python", "pip install anthropic", python),
        setup("typescript", "TypeScript", "npm install @anthropic-ai/sdk", typescript),
        setup("curl", "curl", "", curl),
        setup("litellm", "LiteLLM", "pip install litellm", litellm),
        setup("environment", "Anything that uses these libraries", "", environment),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_names_the_address_and_the_token_in_three_lines_at_most() {
        for Setup { slug, lines, .. } in setups("https://train.example.com", "claude-opus-5") {
            assert!(lines.contains("https://train.example.com"), "{slug}");
            assert!(lines.contains(TOKEN), "{slug}");
            assert!(lines.lines().count() <= 3, "{slug}");
            assert!(lines.contains("claude-opus-5") || slug == "environment", "{slug}");
        }
    }
}

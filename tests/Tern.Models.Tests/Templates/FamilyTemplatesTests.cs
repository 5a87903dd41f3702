using System.Text.Json;
using Tern.Models.Templates;

namespace Tern.Models.Tests.Templates;

public sealed class FamilyTemplatesTests
{
    static readonly ChatTurn[] Plain = [new("user", " Hi there "), new("assistant", "Hello!"), new("user", "How are \"you\"?")];

    static readonly ChatTurn[] System = [new("system", "Be brief."), .. Plain];

    static readonly ChatTurn[] Tools =
    [
        new("user", "Weather in Zürich?"),
        new("assistant", null)
        {
            ToolCalls = [new ToolCall("get_weather", new Dictionary<string, object?> { ["city"] = "Zürich", ["days"] = 2 }, "abcdefghi")],
        },
        new("tool", "12.5") { Name = "get_weather", ToolCallId = "abcdefghi" },
    ];

    static readonly JsonElement ToolList = JsonDocument.Parse(
        """
        [{"type": "function", "function": {"name": "get_weather", "description": "The weather of a city", "parameters":
          {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}, "required": ["city"]}}}]
        """).RootElement;

    /// <summary>Expected: Jinja2 3.1.6 with the environment of transformers, on the same messages; the clock stands at 26 July 2024.</summary>
    public static TheoryData<string, string, string, bool, string> Golden => new()
    {
        { nameof(FamilyTemplates.ChatMl), FamilyTemplates.ChatMl, "Plain", true, "<|im_start|>user\n Hi there <|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n<|im_start|>user\nHow are \"you\"?<|im_end|>\n<|im_start|>assistant\n" },
        { nameof(FamilyTemplates.Llama2), FamilyTemplates.Llama2, "Plain", true, "<s>[INST] Hi there [/INST] Hello! </s><s>[INST] How are \"you\"? [/INST]" },
        { nameof(FamilyTemplates.Llama2), FamilyTemplates.Llama2, "System", true, "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n Hi there [/INST] Hello! </s><s>[INST] How are \"you\"? [/INST]" },
        { nameof(FamilyTemplates.Llama3), FamilyTemplates.Llama3, "System", true, "<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi there<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHello!<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHow are \"you\"?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n" },
        { nameof(FamilyTemplates.Llama31), FamilyTemplates.Llama31, "System", true, "<s><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi there<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHello!<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHow are \"you\"?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n" },
        { nameof(FamilyTemplates.Llama31), FamilyTemplates.Llama31, "Tools", true, "<s><|start_header_id|>system<|end_header_id|>\n\nEnvironment: ipython\nCutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nGiven the following functions, please respond with a JSON for a function call with its proper arguments that best answers the given prompt.\n\n{\n    \"type\": \"function\",\n    \"function\": {\n        \"name\": \"get_weather\",\n        \"description\": \"The weather of a city\",\n        \"parameters\": {\n            \"type\": \"object\",\n            \"properties\": {\n                \"city\": {\n                    \"type\": \"string\"\n                },\n                \"days\": {\n                    \"type\": \"integer\"\n                }\n            },\n            \"required\": [\n                \"city\"\n            ]\n        }\n    }\n}\n\nWeather in Zürich?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n{\"name\": \"get_weather\", \"parameters\": {\"city\": \"Zürich\", \"days\": 2}}<|eot_id|><|start_header_id|>ipython<|end_header_id|>\n\n\"12.5\"<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n" },
        { nameof(FamilyTemplates.Mistral), FamilyTemplates.Mistral, "Plain", true, "<s>[INST]  Hi there  [/INST]Hello!</s>[INST] How are \"you\"? [/INST]" },
        { nameof(FamilyTemplates.Mistral03), FamilyTemplates.Mistral03, "Plain", true, "<s>[INST]  Hi there [/INST] Hello!</s>[INST] How are \"you\"?[/INST]" },
        { nameof(FamilyTemplates.Mistral03), FamilyTemplates.Mistral03, "System", true, "<s>[INST]  Hi there [/INST] Hello!</s>[INST] Be brief.\n\nHow are \"you\"?[/INST]" },
        { nameof(FamilyTemplates.Mistral03), FamilyTemplates.Mistral03, "Tools", true, "<s>[AVAILABLE_TOOLS] [{\"type\": \"function\", \"function\": {\"name\": \"get_weather\", \"description\": \"The weather of a city\", \"parameters\": {\"type\": \"object\", \"properties\": {\"city\": {\"type\": \"string\"}, \"days\": {\"type\": \"integer\"}}, \"required\": [\"city\"]}}}][/AVAILABLE_TOOLS][INST] Weather in Zürich?[/INST][TOOL_CALLS] [{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Zürich\", \"days\": 2}, \"id\": \"abcdefghi\"}]</s>[TOOL_RESULTS] {\"content\": 12.5, \"call_id\": \"abcdefghi\"}[/TOOL_RESULTS]" },
        { nameof(FamilyTemplates.Qwen2), FamilyTemplates.Qwen2, "Plain", true, "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n Hi there <|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n<|im_start|>user\nHow are \"you\"?<|im_end|>\n<|im_start|>assistant\n" },
        { nameof(FamilyTemplates.Qwen2), FamilyTemplates.Qwen2, "System", true, "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n Hi there <|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n<|im_start|>user\nHow are \"you\"?<|im_end|>\n<|im_start|>assistant\n" },
        { nameof(FamilyTemplates.Qwen25), FamilyTemplates.Qwen25, "Plain", true, "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n<|im_start|>user\n Hi there <|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n<|im_start|>user\nHow are \"you\"?<|im_end|>\n<|im_start|>assistant\n" },
        { nameof(FamilyTemplates.Qwen25), FamilyTemplates.Qwen25, "System", true, "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n Hi there <|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n<|im_start|>user\nHow are \"you\"?<|im_end|>\n<|im_start|>assistant\n" },
        { nameof(FamilyTemplates.Qwen25), FamilyTemplates.Qwen25, "Tools", true, "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>\n{\"type\": \"function\", \"function\": {\"name\": \"get_weather\", \"description\": \"The weather of a city\", \"parameters\": {\"type\": \"object\", \"properties\": {\"city\": {\"type\": \"string\"}, \"days\": {\"type\": \"integer\"}}, \"required\": [\"city\"]}}}\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call><|im_end|>\n<|im_start|>user\nWeather in Zürich?<|im_end|>\n<|im_start|>assistant\n<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Zürich\", \"days\": 2}}\n</tool_call><|im_end|>\n<|im_start|>user\n<tool_response>\n12.5\n</tool_response><|im_end|>\n<|im_start|>assistant\n" },
        { nameof(FamilyTemplates.Qwen3), FamilyTemplates.Qwen3, "Plain", true, "<|im_start|>user\n Hi there <|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n<|im_start|>user\nHow are \"you\"?<|im_end|>\n<|im_start|>assistant\n" },
        { nameof(FamilyTemplates.Qwen3), FamilyTemplates.Qwen3, "System", true, "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n Hi there <|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n<|im_start|>user\nHow are \"you\"?<|im_end|>\n<|im_start|>assistant\n" },
        { nameof(FamilyTemplates.Qwen3), FamilyTemplates.Qwen3, "Tools", true, "<|im_start|>system\n# Tools\n\n<tools>\n{\"type\": \"function\", \"function\": {\"name\": \"get_weather\", \"description\": \"The weather of a city\", \"parameters\": {\"type\": \"object\", \"properties\": {\"city\": {\"type\": \"string\"}, \"days\": {\"type\": \"integer\"}}, \"required\": [\"city\"]}}}\n</tools><|im_end|>\n<|im_start|>user\nWeather in Zürich?<|im_end|>\n<|im_start|>assistant\n<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Zürich\", \"days\": 2}}\n</tool_call><|im_end|>\n<|im_start|>user\n<tool_response>\n12.5\n</tool_response><|im_end|>\n<|im_start|>assistant\n" },
        { nameof(FamilyTemplates.Gemma2), FamilyTemplates.Gemma2, "Plain", true, "<s><start_of_turn>user\nHi there<end_of_turn>\n<start_of_turn>model\nHello!<end_of_turn>\n<start_of_turn>user\nHow are \"you\"?<end_of_turn>\n<start_of_turn>model\n" },
        { nameof(FamilyTemplates.Gemma3), FamilyTemplates.Gemma3, "Plain", true, "<s><start_of_turn>user\nHi there<end_of_turn>\n<start_of_turn>model\nHello!<end_of_turn>\n<start_of_turn>user\nHow are \"you\"?<end_of_turn>\n<start_of_turn>model\n" },
        { nameof(FamilyTemplates.Gemma3), FamilyTemplates.Gemma3, "System", true, "<s><start_of_turn>user\nBe brief.\n\nHi there<end_of_turn>\n<start_of_turn>model\nHello!<end_of_turn>\n<start_of_turn>user\nHow are \"you\"?<end_of_turn>\n<start_of_turn>model\n" },
        { nameof(FamilyTemplates.Phi3), FamilyTemplates.Phi3, "System", true, "<|system|>\nBe brief.<|end|>\n<|user|>\n Hi there <|end|>\n<|assistant|>\nHello!<|end|>\n<|user|>\nHow are \"you\"?<|end|>\n<|assistant|>\n" },
        { nameof(FamilyTemplates.Phi3), FamilyTemplates.Phi3, "System", false, "<|system|>\nBe brief.<|end|>\n<|user|>\n Hi there <|end|>\n<|assistant|>\nHello!<|end|>\n<|user|>\nHow are \"you\"?<|end|>\n</s>" },
        { nameof(FamilyTemplates.Zephyr), FamilyTemplates.Zephyr, "System", true, "<|system|>\nBe brief.</s>\n<|user|>\n Hi there </s>\n<|assistant|>\nHello!</s>\n<|user|>\nHow are \"you\"?</s>\n<|assistant|>\n" },
        { nameof(FamilyTemplates.Zephyr), FamilyTemplates.Zephyr, "System", false, "<|system|>\nBe brief.</s>\n<|user|>\n Hi there </s>\n<|assistant|>\nHello!</s>\n<|user|>\nHow are \"you\"?</s>\n" },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void The_templates_of_public_models_render_as_Jinja2_renders_them(
        string family, string template, string conversation, bool addGenerationPrompt, string expected)
    {
        var turns = conversation switch { "Plain" => Plain, "System" => System, _ => Tools };
        var extra = conversation == "Tools" ? new Dictionary<string, object?> { ["tools"] = ToolList } : null;
        var rendered = ChatTemplate.Parse(template).Render(
            turns, addGenerationPrompt, "<s>", "</s>", extra, TemplateLimits.Default, new FixedClock());
        Assert.True(expected == rendered, $"{family}:\n{rendered}\nexpected:\n{expected}");
    }

    [Fact]
    public void Refusals_of_the_template_reach_the_user()
    {
        var refusal = Assert.Throws<TernException>(() => ChatTemplate.Parse(FamilyTemplates.Gemma2).Render(System, true, "<bos>", ""));
        Assert.Contains("System role not supported", refusal.Message);
    }

    [Fact]
    public void Qwen3_without_thinking_gets_an_empty_thought()
    {
        var prompt = ChatTemplate.Parse(FamilyTemplates.Qwen3)
            .Render([new("user", "Hi")], true, "", "", new Dictionary<string, object?> { ["enable_thinking"] = false });
        Assert.Equal("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n", prompt);
    }

    [Fact]
    public void The_built_in_ChatMl_is_that_of_the_models_that_ship_it()
    {
        var shipped = ChatTemplate.Parse(FamilyTemplates.ChatMl).Render(System, true, "<s>", "</s>");
        Assert.Equal(shipped, ChatTemplate.ChatMl.Render(System, true, "<s>", "</s>"));
    }

    [Fact]
    public void The_built_in_plain_template_names_the_speakers()
    {
        Assert.Equal(
            "<s>User: Hi there\n\nAssistant: Hello!\n\nUser: How are \"you\"?\n\nAssistant:",
            ChatTemplate.Plain.Render(Plain, true, "<s>", "</s>"));
    }

    sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2024, 7, 26, 9, 5, 3, TimeSpan.Zero);

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    }
}

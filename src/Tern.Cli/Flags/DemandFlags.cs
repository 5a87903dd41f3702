using System.CommandLine;
using Tern.Plan.Budgets;

namespace Tern.Cli.Flags;

/// <summary>What is served over the life of a model. Names of the scripts of arXiv 2401.00448 work, too.</summary>
sealed class DemandFlags
{
    readonly Flag<string?> _tokens = AmountFlag.Create("--inference-tokens", ["--inference_tokens", "--inference"], "Tokens served over the model's life, read and written as in an average request");
    readonly Flag<string?> _requests = AmountFlag.Create("--inference-reqs", ["--inference_reqs"], "Requests over the model's life, in place of tokens");
    readonly Flag<string?> _prompt = AmountFlag.Create("--input-tok", ["--input_tok"], "Tokens that a request has as input (70 by default: LMSYS-Chat)");
    readonly Flag<string?> _answer = AmountFlag.Create("--output-tok", ["--output_tok"], "Tokens that a request generates (215 by default: LMSYS-Chat)");

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_tokens, _requests, _prompt, _answer]) command.Add(option);
    }

    /// <exception cref="WrongUseException">Tokens and requests are both given.</exception>
    public ServingDemand Read(ParseResult result)
    {
        var (tokens, requests) = (AmountFlag.Read(result, _tokens), AmountFlag.Read(result, _requests));
        if (tokens is not null && requests is not null) throw new WrongUseException("--inference-tokens and --inference-reqs say the same; give one of them");
        var (prompt, answer) = (AmountFlag.Read(result, _prompt), AmountFlag.Read(result, _answer));
        if (requests is { } count) return ServingDemand.OfRequests(count, prompt ?? ServingDemand.AveragePromptTokens, answer ?? ServingDemand.AverageGeneratedTokens);
        var split = (Prompt: prompt ?? ServingDemand.AveragePromptTokens, Answer: answer ?? ServingDemand.AverageGeneratedTokens);
        return ServingDemand.OfRequests((tokens ?? 0) / (split.Prompt + split.Answer), split.Prompt, split.Answer);
    }
}

using Microsoft.Extensions.AI;
using Tern.Models;
using Tern.Run.Constraints;

namespace Tern.Run.Chat;

/// <summary>What a response format allows the model to write.</summary>
static class ResponseGrammar
{
    /// <summary>Null for free text.</summary>
    /// <exception cref="TernException">The format is not supported, or its schema cannot be a grammar.</exception>
    public static Grammar? Of(ChatResponseFormat? format) => format switch
    {
        null or ChatResponseFormatText => null,
        ChatResponseFormatJson { Schema: { } schema } => JsonSchemaGrammar.FromSchema(schema),
        ChatResponseFormatJson => JsonSchemaGrammar.AnyObject,
        _ => throw new TernException($"The response format {format.GetType().Name} is not supported; use text or JSON."),
    };
}

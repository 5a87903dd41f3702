using Microsoft.Extensions.AI;
using Tern.Models;
using Tern.Run.Constraints;

namespace Tern.Run.Chat;

/// <summary>What a response format allows the model to write.</summary>
static class ResponseGrammar
{
    /// <summary>Any JSON object (RFC 8259), with little white space: a model that may write blanks may do so for ever.</summary>
    const string AnyObject = """
        root    ::= object
        object  ::= "{" ws ( member ( "," ws member )* )? "}"
        member  ::= string ":" ws value
        array   ::= "[" ws ( value ( "," ws value )* )? "]"
        value   ::= ( object | array | string | number | "true" | "false" | "null" ) ws
        string  ::= "\"" ( [^"\\\x00-\x1F] | "\\" ( ["\\/bfnrt] | "u" [0-9a-fA-F]{4} ) )* "\""
        number  ::= "-"? ( "0" | [1-9] [0-9]{0,15} ) ( "." [0-9]{1,16} )? ( [eE] [-+]? [0-9]{1,3} )?
        ws      ::= ( " " | "\n" [ \t]{0,20} )?
        """;

    static readonly Lazy<Grammar> Json = new(() => Grammar.Parse(AnyObject));

    /// <summary>Null for free text.</summary>
    /// <exception cref="TernException">The format is not supported.</exception>
    public static Grammar? Of(ChatResponseFormat? format) => format switch
    {
        null or ChatResponseFormatText => null,
        ChatResponseFormatJson { Schema: null } => Json.Value,
        ChatResponseFormatJson => throw new TernException("Answers by a JSON schema are not supported yet; ask for JSON without a schema."),
        _ => throw new TernException($"The response format {format.GetType().Name} is not supported; use text or JSON."),
    };
}

import type { Texts } from "./texts.ts";

export const es: Texts = {
  yourBank: "su banco",
  opening: "Abriendo…",
  sending: "Enviando…",
  nextTitle: "Qué pasará ahora",
  next: ({ product, bank }) => [
    { title: "Se abre una ventana segura", text: `La ofrece Plaid, el servicio que conecta ${product} con su banco.` },
    {
      title: `Usted inicia sesión en ${bank}`,
      text: "Como siempre lo hace. Es posible que su banco le lleve a su propia página o aplicación.",
    },
    { title: "Comprobamos que funciona", text: "El resultado aparece aquí. Todo suele llevar alrededor de un minuto." },
  ],
  privacy: ({ product, bank }) =>
    `Usted inicia sesión en ${bank} a través de Plaid. ${product} nunca ve su contraseña.`,
  noScript: "Esta página necesita JavaScript. Actívelo o abra el enlace en otro navegador.",
  muted: "Hemos dejado de escribirle sobre esta conexión. Puede seguir usando esta página.",
  support: "¿Tiene preguntas? Escriba a {address}",

  panels: ({ product, bank, Bank }) => ({
    ready: {
      title: `Vuelva a conectar ${bank}`,
      lead: `${Bank} le pide que inicie sesión de nuevo. Hasta entonces, ${product} no puede actualizar sus cuentas.`,
      action: "Iniciar sesión y reconectar",
    },
    expiring: {
      title: `Renueve su conexión con ${bank}`,
      lead: `Su permiso para que ${product} consulte sus cuentas termina el {date}. Hasta ese día todo funciona. Renuévelo ahora y no habrá ninguna interrupción.`,
      action: "Iniciar sesión y renovar",
    },
    expiring_at_bank: {
      title: `Renueve su conexión con ${bank}`,
      lead: `${Bank} está cambiando la forma en que se conecta con ${product}. Su conexión funciona hasta el {date}. Renuévela ahora y no habrá ninguna interrupción.`,
      action: "Iniciar sesión y renovar",
    },
    new_accounts: {
      title: `Elija sus cuentas en ${bank}`,
      lead: `${Bank} tiene una cuenta que ${product} todavía no puede ver. Usted decide si quiere compartirla. Su conexión funciona en cualquier caso.`,
      action: "Elegir cuentas",
    },
    revoked: {
      title: "El acceso fue desactivado",
      lead: `${product} ya no tiene permiso para consultar sus cuentas en ${bank}: fue retirado en el banco o en Plaid. Si es lo que usted quería, no tiene que hacer nada. Si no, puede darlo de nuevo.`,
      action: "Dar acceso de nuevo",
    },
    finish: {
      title: `Termine de reconectar ${bank}`,
      lead: "Su banco le ha traído de vuelta. Un toque más y la conexión estará completa.",
      action: "Terminar de reconectar",
    },
    continue: {
      title: "Nos alegra verle de nuevo",
      lead: `Estamos terminando la conexión con ${bank}. Por favor, deje esta página abierta.`,
      action: "Continuar",
    },
    restart: {
      title: "Intentémoslo una vez más",
      lead: "El inicio de sesión en su banco tardó más de lo que sigue siendo válido. No se ha perdido nada: por favor, empiece de nuevo.",
      action: "Empezar de nuevo",
    },
    returned: {
      title: "Nos alegra verle de nuevo",
      lead: `Estamos viendo cómo ha ido con ${bank}. Por favor, deje esta página abierta.`,
    },
    checking: {
      title: "Comprobando la conexión",
      lead: `Ha iniciado sesión correctamente. Nos estamos asegurando de que ${product} puede actualizar sus cuentas.`,
    },
    done: {
      title: "Su conexión vuelve a funcionar",
      lead: `${product} puede actualizar sus cuentas en ${bank}. Ya puede cerrar esta página.`,
    },
    done_expiring: {
      title: "Su conexión está renovada",
      lead: `${product} puede seguir actualizando sus cuentas en ${bank}. Ya puede cerrar esta página.`,
    },
    done_new_accounts: {
      title: "Su elección se ha guardado",
      lead: `${product} ve las cuentas en ${bank} que usted eligió, y ninguna otra. Ya puede cerrar esta página.`,
    },
    later: {
      title: "Gracias, eso es todo",
      lead: `${Bank} está tardando un poco más en confirmar. Seguimos comprobándolo, así que usted no tiene que hacer nada más. Ya puede cerrar esta página.`,
    },
    closed: {
      title: "Aún no se ha reconectado",
      lead: "La ventana se cerró antes de terminar el inicio de sesión. Nada ha cambiado. Puede continuar ahora o volver más tarde con el enlace de su correo.",
      action: "Iniciar sesión y reconectar",
    },
    closed_expiring: {
      title: "Aún no se ha renovado",
      lead: "La ventana se cerró antes de terminar el inicio de sesión. Su conexión sigue funcionando. Puede continuar ahora o volver más tarde con el enlace de su correo.",
      action: "Iniciar sesión y renovar",
    },
    closed_new_accounts: {
      title: "No se ha cambiado nada",
      lead: "La ventana se cerró antes de que eligiera. Su conexión funciona como antes. Puede continuar ahora o volver más tarde con el enlace de su correo.",
      action: "Elegir cuentas",
    },
    failed: {
      title: "No ha funcionado",
      lead: "Su banco no completó el inicio de sesión.",
      action: "Intentar de nuevo",
      note: "Si sigue ocurriendo, inicie sesión primero en la página web del banco. Puede que esté esperando a que usted confirme algo.",
    },
    unreachable: {
      title: "No podemos conectar en este momento",
      lead: "Compruebe que tiene conexión a internet e inténtelo de nuevo dentro de un momento. Nada ha cambiado y su enlace sigue siendo válido.",
      action: "Intentar de nuevo",
    },
    plaid_down: {
      title: "Inténtelo de nuevo en unos minutos",
      lead: "El servicio que nos conecta con su banco no responde en este momento. No es culpa suya. No se ha perdido nada y su enlace sigue siendo válido.",
      action: "Intentar de nuevo",
    },
    blocked: {
      title: "La ventana segura no se abrió",
      lead: "Algo impide que se cargue: un bloqueador de contenido, una red de empresa o una conexión débil. Desactive el bloqueador en esta página, o use otro navegador u otra red, e inténtelo de nuevo.",
      action: "Intentar de nuevo",
    },
    busy: {
      title: "Un momento, por favor",
      lead: "Ha habido muchos intentos en poco tiempo. Espere unos minutos e inténtelo de nuevo.",
      action: "Intentar de nuevo",
    },
    expired: {
      title: "Este enlace ha caducado",
      lead: "Por su seguridad, los enlaces de nuestros correos funcionan por tiempo limitado. Podemos enviarle un correo con uno nuevo.",
      action: "Enviarme un correo nuevo",
    },
    mail_asked: {
      title: "Mire su bandeja de entrada",
      lead: `Si su conexión todavía le necesita, en los próximos minutos llegará un correo nuevo de ${product} a la dirección que ${product} conoce. Use el enlace que contiene. Ya puede cerrar esta página.`,
    },
    fixed: {
      title: "Ya está arreglado",
      lead: `${Bank} está conectado y ${product} puede actualizar sus cuentas. No queda nada por hacer. Ya puede cerrar esta página.`,
    },
    older_mail: {
      title: "Hay un correo más reciente",
      lead: `Las cosas han cambiado con ${bank} desde que se escribió este correo. Por favor, use el enlace del correo más reciente de ${product}. Si aún no ha llegado, llegará en unos minutos.`,
    },
    displaced: {
      title: "Hay una conexión más reciente",
      lead: `Entretanto, usted ha vuelto a conectar ${bank} con ${product}, y esa conexión funciona. Ha sustituido a esta conexión anterior, así que aquí no tiene que hacer nada. Ya puede cerrar esta página.`,
      note: `¿Le falta alguna cuenta? Abra ${product} y mire qué cuentas comparte la conexión más reciente. Recuperar la anterior podría poner fin a la más reciente.`,
    },
    removed: {
      title: "Esta conexión fue eliminada",
      lead: `${Bank} ya no está conectado con ${product}, así que no hay nada que reparar. Si quiere recuperarlo, abra ${product} y conéctelo de nuevo.`,
    },
    degraded: {
      title: `${Bank} tiene problemas`,
      lead: "El servicio en línea del banco no responde como debería. Usted no puede arreglarlo ni tiene que hacer nada. Las conexiones suelen volver por sí solas.",
      note: "Su enlace sigue siendo válido: si todavía lo necesita dentro de unas horas, ábralo de nuevo.",
    },
    needs_new_item: {
      title: `Conecte ${bank} de nuevo`,
      lead: `${Bank} ya no admite esta conexión, así que iniciar sesión aquí no la recuperaría. Abra ${product} y añada ${bank} como una conexión nueva.`,
    },
    cannot_renew: {
      title: `Conecte ${bank} de nuevo`,
      lead: `El acceso a sus cuentas fue desactivado definitivamente, así que no se puede volver a dar aquí. Si quiere recuperarlo, abra ${product} y añada ${bank} como una conexión nueva.`,
    },
    needs_developer: {
      title: "Estamos en ello",
      lead: `La conexión con ${bank} tiene un problema técnico de nuestra parte. Iniciar sesión no ayudaría, y usted no tiene que hacer nada.`,
    },
  }),

  bankAction: ({ bank, Bank }) => ({
    title: `Dos pasos para reconectar ${bank}`,
    first: {
      unlock: {
        why: `Su acceso en línea a ${bank} está bloqueado. Los bancos lo hacen para protegerle.`,
        step: {
          title: "Desbloquee su acceso en línea en el banco",
          text: "Use la página web o la aplicación del banco, o llame al número que figura en su tarjeta.",
        },
      },
      reset_password: {
        why: `${Bank} le pide que elija una contraseña nueva antes de volver a iniciar sesión.`,
        step: {
          title: "Elija una contraseña nueva en el banco",
          text: "Use la página web o la aplicación del banco, como siempre la abre.",
        },
      },
      finish_setup: {
        why: `${Bank} le pide que complete antes algo en su banca en línea, por ejemplo, aceptar nuevas condiciones.`,
        step: {
          title: "Complételo en el banco",
          text: "Inicie sesión en la página web o en la aplicación del banco y siga lo que le pide allí.",
        },
      },
    },
    last: {
      title: "Vuelva aquí y reconecte",
      text: "Inicie sesión una vez más con el botón de abajo. Lleva un minuto.",
    },
    action: "Ya está hecho, reconectar",
  }),

  notices: (product) => ({
    not_found: {
      title: "Esta página no existe",
      lead: "Si ha llegado desde un correo, compruebe que se abrió el enlace completo o pulse de nuevo su botón.",
    },
    reopen: {
      title: "Abra de nuevo el enlace de su correo",
      lead: `Para mantener su enlace en privado, esta página no lo conserva. Pulse de nuevo el botón del correo de ${product} y estará de vuelta.`,
    },
    almost: {
      title: "Casi ha terminado",
      lead: "Su banco le ha traído de vuelta en un navegador distinto de aquel en el que empezó. Abra una vez más el enlace de su correo, aquí, en este navegador, para terminar.",
      todo: [
        { title: "Vaya al correo", text: "Mantenga pulsado su botón y copie el enlace." },
        {
          title: "Péguelo en la barra de direcciones de este navegador",
          text: "Su inicio de sesión en el banco se conserva 30 minutos, así que no tendrá que repetirlo.",
        },
      ],
    },
    elsewhere: {
      title: "Abra de nuevo el enlace de su correo",
      lead: `Ha vuelto en un navegador distinto de aquel en el que empezó. Lo que hizo se conserva. Pulse de nuevo el botón del correo de ${product} para ver cómo ha ido.`,
    },
    unavailable: {
      title: "Esta página no está disponible en este momento",
      lead: "Es culpa nuestra, no suya. Por favor, abra el enlace de nuevo en unos minutos; sigue siendo válido.",
    },
  }),

  errors: {
    INVALID_CREDENTIALS: "El banco no reconoció el usuario o la contraseña.",
    INVALID_MFA: "El banco no aceptó el código o la respuesta.",
    INSUFFICIENT_CREDENTIALS: "El inicio de sesión en el banco no se completó.",
    ITEM_LOCKED:
      "El banco ha bloqueado el acceso en línea. Desbloquéelo primero en la página web o la aplicación del banco.",
    PASSWORD_RESET_REQUIRED:
      "El banco pide una contraseña nueva. Elíjala primero en la página web o la aplicación del banco.",
    USER_SETUP_REQUIRED: "El banco le pide que complete antes algo en su banca en línea.",
    USER_INPUT_TIMEOUT: "El banco esperó una respuesta y no la recibió a tiempo.",
    INSTITUTION_DOWN: "No se puede acceder al banco en este momento. Por favor, inténtelo más tarde.",
    INSTITUTION_NOT_RESPONDING: "El banco no responde en este momento. Por favor, inténtelo más tarde.",
    INSTITUTION_NOT_AVAILABLE: "No se puede acceder al banco en este momento. Por favor, inténtelo más tarde.",
    ACCESS_NOT_GRANTED: "El banco no recibió su permiso para la conexión.",
    NO_ACCOUNTS: "El banco no comparte ninguna cuenta adecuada. Elija allí al menos una cuenta.",
  },
};
